//! The inbox of a thread: what the main thread has sent to it.

use core::any::Any;
use core::mem;
use std::collections::VecDeque;

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

/// The letters that the thread has not read.
#[derive(Default)]
pub(super) struct Inbox {
    mail: VecDeque<Mail>,
    /// Whether the thread knows that there is mail.
    is_announced: bool,
}

impl Inbox {
    /// Puts a letter behind the others. One that is not the last of its question takes the place of
    /// an earlier one. Returns the letter whose place it took, and whether the thread has to be
    /// told.
    pub(super) fn put(&mut self, mail: Mail) -> (Option<Mail>, bool) {
        let must_announce = !mem::replace(&mut self.is_announced, true);
        let earlier = (self.mail.iter_mut().rev())
            .find(|other| !mail.is_last && !other.is_last && other.ticket == mail.ticket);
        match earlier {
            Some(earlier) => (Some(mem::replace(earlier, mail)), must_announce),
            None => {
                self.mail.push_back(mail);
                (None, must_announce)
            }
        }
    }

    /// Takes the first letter, and says whether there are more. If not, the next one has to be
    /// announced.
    pub(super) fn take(&mut self) -> (Option<Mail>, bool) {
        let first = self.mail.pop_front();
        self.is_announced = !self.mail.is_empty();
        (first, self.is_announced)
    }

    /// The thread was not told after all.
    pub(super) fn is_unannounced(&mut self) {
        self.is_announced = false;
    }

    /// Takes all letters.
    pub(super) fn empty(&mut self) -> VecDeque<Mail> {
        mem::take(&mut self.mail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(ticket: Ticket, is_last: bool, letter: u32) -> Mail {
        Mail { ticket, is_last, letter: Box::new(letter) }
    }

    fn take_all(inbox: &mut Inbox) -> Vec<(Ticket, u32)> {
        let mut all = Vec::new();
        while let (Some(mail), has_more) = inbox.take() {
            all.push((mail.ticket, *mail.letter.downcast().unwrap()));
            assert_eq!(has_more, !inbox.mail.is_empty());
        }
        all
    }

    #[test]
    fn a_busy_thread_gets_the_latest_letter_of_each_question() {
        let mut inbox = Inbox::default();
        for round in 0..3 {
            inbox.put(mail(1, false, round));
            inbox.put(mail(2, false, 10 + round));
        }
        assert_eq!(inbox.mail.len(), 2);
        inbox.put(mail(1, true, 100));
        inbox.put(mail(2, false, 20));
        assert_eq!(take_all(&mut inbox), [(1, 2), (2, 20), (1, 100)]);
    }

    #[test]
    fn an_answer_stays() {
        let mut inbox = Inbox::default();
        for (ticket, is_last, letter) in [(1, true, 1), (1, false, 2), (1, true, 3)] {
            assert!(inbox.put(mail(ticket, is_last, letter)).0.is_none());
        }
        assert_eq!(inbox.empty().len(), 3);
        assert!(take_all(&mut inbox).is_empty());
    }

    #[test]
    fn a_thread_is_told_once() {
        let mut inbox = Inbox::default();
        assert!(inbox.put(mail(1, false, 1)).1);
        assert!(!inbox.put(mail(2, false, 2)).1);
        // Its next letter follows without being announced.
        assert!(inbox.take().1);
        assert!(!inbox.put(mail(3, true, 3)).1);
        take_all(&mut inbox);
        assert!(inbox.put(mail(4, true, 4)).1);
        inbox.is_unannounced();
        assert!(inbox.put(mail(5, true, 5)).1);
    }
}
