//! The inbox of a thread: what the main thread has sent to it.

use core::any::Any;
use core::mem;
use std::collections::LinkedList;

/// Names a question that a thread asks the main thread.
pub(crate) type Ticket = u64;

/// What the main thread sends.
pub(crate) type Letter = Box<dyn Any + Send>;

/// A letter with its question.
pub(super) struct Mail {
    pub(super) ticket: Ticket,
    /// Whether it is the answer. No other letter follows.
    pub(super) is_last: bool,
    pub(super) letter: Letter,
}

/// The letters that the thread has not read. Nothing is allocated or freed here, where the inbox is
/// locked: see threads.rs.
#[derive(Default)]
pub(super) struct Inbox {
    mail: LinkedList<Mail>,
    /// Whether the thread knows that there is mail.
    is_announced: bool,
}

impl Inbox {
    /// Makes a letter ready for [`put`](Self::put).
    pub(super) fn wrap(mail: Mail) -> LinkedList<Mail> {
        LinkedList::from([mail])
    }

    /// Puts a letter behind the others. One that is not the last of its question takes the place of
    /// an earlier one, which is in `mail` then. Returns whether the thread has to be told.
    pub(super) fn put(&mut self, mail: &mut LinkedList<Mail>) -> bool {
        let earlier = mail.front_mut().and_then(|new| {
            let is_earlier =
                |old: &&mut Mail| !new.is_last && !old.is_last && old.ticket == new.ticket;
            let earlier = self.mail.iter_mut().rev().find(is_earlier)?;
            mem::swap(earlier, new);
            Some(())
        });
        if earlier.is_none() {
            self.mail.append(mail);
        }
        !mem::replace(&mut self.is_announced, true)
    }

    /// Takes the first letter, and says whether there are more. If not, the next one has to be
    /// announced.
    pub(super) fn take(&mut self) -> (LinkedList<Mail>, bool) {
        let mut first = mem::take(&mut self.mail);
        if !first.is_empty() {
            self.mail = first.split_off(1);
        }
        self.is_announced = !self.mail.is_empty();
        (first, self.is_announced)
    }

    /// Takes all letters.
    pub(super) fn empty(&mut self) -> LinkedList<Mail> {
        mem::take(&mut self.mail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts a letter. Returns whether it took the place of another, and whether it is announced.
    fn put(inbox: &mut Inbox, ticket: Ticket, is_last: bool, letter: u32) -> (bool, bool) {
        let mut mail = Inbox::wrap(Mail { ticket, is_last, letter: Box::new(letter) });
        let is_announced = inbox.put(&mut mail);
        (!mail.is_empty(), is_announced)
    }

    fn take_all(inbox: &mut Inbox) -> Vec<(Ticket, u32)> {
        let mut all = Vec::new();
        loop {
            let (mut first, has_more) = inbox.take();
            assert_eq!(has_more, !inbox.mail.is_empty());
            let Some(mail) = first.pop_front() else { return all };
            assert!(first.is_empty());
            all.push((mail.ticket, *mail.letter.downcast().unwrap()));
        }
    }

    #[test]
    fn a_busy_thread_gets_the_latest_letter_of_each_question() {
        let mut inbox = Inbox::default();
        for round in 0..3 {
            assert_eq!(put(&mut inbox, 1, false, round).0, round > 0);
            put(&mut inbox, 2, false, 10 + round);
        }
        assert_eq!(inbox.mail.len(), 2);
        put(&mut inbox, 1, true, 100);
        put(&mut inbox, 2, false, 20);
        assert_eq!(take_all(&mut inbox), [(1, 2), (2, 20), (1, 100)]);
    }

    #[test]
    fn an_answer_stays() {
        let mut inbox = Inbox::default();
        for (ticket, is_last, letter) in [(1, true, 1), (1, false, 2), (1, true, 3)] {
            assert!(!put(&mut inbox, ticket, is_last, letter).0);
        }
        assert_eq!(inbox.empty().len(), 3);
        assert!(take_all(&mut inbox).is_empty());
    }

    #[test]
    fn a_thread_is_told_once() {
        let mut inbox = Inbox::default();
        assert!(put(&mut inbox, 1, false, 1).1);
        assert!(!put(&mut inbox, 2, false, 2).1);
        // Its next letter follows without being announced.
        assert!(inbox.take().1);
        assert!(!put(&mut inbox, 3, true, 3).1);
        take_all(&mut inbox);
        assert!(put(&mut inbox, 4, true, 4).1);
    }
}
