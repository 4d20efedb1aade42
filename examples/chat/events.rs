//! Server-sent events, as the HTML standard parses them: [`Parser`].

use std::mem;
use std::time::Duration;

/// An event of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: String,
}

/// Makes events of the bytes of a body, which come in pieces of any size.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    is_after_cr: bool,
    is_begun: bool,
    name: String,
    data: String,
    id: String,
    /// The last event that is complete: the next connection asks for those after it.
    pub(crate) last_id: String,
    /// How long the server wants to be left alone before the next connection.
    pub(crate) retry: Option<Duration>,
}

impl Parser {
    /// A new connection begins. What the last one has left incomplete is lost.
    pub(crate) fn begin(&mut self) {
        let (last_id, retry) = (mem::take(&mut self.last_id), self.retry);
        *self = Self { id: last_id.clone(), last_id, retry, ..Self::default() };
    }

    /// Takes the next bytes. Returns the events that they complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            let is_after_cr = mem::replace(&mut self.is_after_cr, byte == b'\r');
            match byte {
                b'\n' if is_after_cr => {} // CRLF ends one line.
                b'\r' | b'\n' => events.extend(self.end_line()),
                byte => self.line.push(byte),
            }
        }
        events
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let is_first = !mem::replace(&mut self.is_begun, true);
        let line = line.strip_prefix('\u{feff}').filter(|_| is_first).unwrap_or(&line);
        if line.is_empty() {
            return self.end_event();
        }
        // A comment begins with a colon: its field has no name.
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.data.extend([value, "\n"]),
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry = value.parse().ok().map(Duration::from_millis).or(self.retry);
            }
            _ => {}
        }
        None
    }

    fn end_event(&mut self) -> Option<Event> {
        self.last_id.clone_from(&self.id);
        let (mut name, mut data) = (mem::take(&mut self.name), mem::take(&mut self.data));
        data.pop()?; // The end of its last line. Without data, there is no event.
        if name.is_empty() {
            "message".clone_into(&mut name);
        }
        Some(Event { name, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{feff}retry: 250\n:comment\n\nid: 1\ndata: Grüße 🎮\n\n\
        event: joined\ndata:a\ndata\ndata:  b\nid: 2\nnothing: here\n\n\
        id: 3\n\ndata: no blank line\nid: 4";

    fn expected() -> Vec<Event> {
        let event = |name: &str, data: &str| Event { name: name.into(), data: data.into() };
        vec![event("message", "Grüße 🎮"), event("joined", "a\n\n b")]
    }

    fn texts() -> impl Iterator<Item = String> {
        ["\n", "\r\n", "\r"].into_iter().map(|end| TEXT.replace('\n', end))
    }

    fn check(parser: &Parser, events: &[Event]) {
        assert_eq!(events, expected());
        assert_eq!((&*parser.last_id, parser.retry), ("3", Some(Duration::from_millis(250))));
    }

    #[test]
    fn split_anywhere() {
        for text in texts() {
            for cut in 0..=text.len() {
                let mut parser = Parser::default();
                let (one, other) = text.as_bytes().split_at(cut);
                let events = [parser.push(one), parser.push(other)].concat();
                check(&parser, &events);
            }
        }
    }

    #[test]
    fn byte_by_byte() {
        for text in texts() {
            let mut parser = Parser::default();
            let events: Vec<_> = text.bytes().flat_map(|byte| parser.push(&[byte])).collect();
            check(&parser, &events);
        }
    }

    #[test]
    fn a_new_connection_keeps_the_id_of_the_last_complete_event() {
        let mut parser = Parser::default();
        assert_eq!(parser.push(b"id: 7\ndata: a\n\nid: 8\ndata: lost\r").len(), 1);
        parser.begin();
        assert_eq!(parser.push(b"\ndata: b\n\n")[0].data, "b");
        assert_eq!(parser.last_id, "7");
        parser.push(b"id\n\n");
        assert_eq!(parser.last_id, "", "an empty id forgets the last one");
    }

    #[test]
    fn fields_that_do_not_count() {
        let mut parser = Parser::default();
        let text = b"id: a\0b\nretry: 1s\nretry: -1\nretry:\nData: x\n data: x\ndata\n\n";
        let events = parser.push(text);
        assert_eq!(events, [Event { name: "message".into(), data: String::new() }]);
        assert_eq!((&*parser.last_id, parser.retry), ("", None));
    }
}
