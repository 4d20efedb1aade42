//! The connection of a page to the runner: a WebSocket.

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::{MethodRouter, any};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// The pages' messages, in order.
pub(crate) type Pages = UnboundedReceiver<FromPage>;

/// An event of a page.
pub(crate) enum FromPage {
    /// A page has come. Texts for it go into this channel.
    Opened(UnboundedSender<String>),
    Message(ToRunner),
    /// The page has gone, with a farewell or without.
    Closed,
}

/// A message of the page's script: a letter, then text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ToRunner {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    MainReturned,
    Exit(i32),
    /// All errors from before the end have been told.
    Told,
    /// A handler has panicked, or returned an error. The program has said so on stderr, and goes
    /// on.
    HandlerFailed,
    Failure(String),
    Reload,
    Quota(String),
    /// The page is to be taken away, for so many milliseconds: `hidden 2500`.
    Away(String),
    /// The browser is to be killed after so many milliseconds, and started again.
    Kill(String),
}

impl ToRunner {
    pub(crate) fn parse(payload: &str) -> Self {
        let (kind, text) = payload.split_at_checked(1).unwrap_or_default();
        let bytes = || text.chars().map(|byte| u8::try_from(byte).unwrap_or(b'?')).collect();
        match kind {
            "o" => Self::Stdout(bytes()),
            "e" => Self::Stderr(bytes()),
            "m" => Self::MainReturned,
            "x" => text
                .parse()
                .map_or_else(|_| Self::Failure(format!("it ended with {text:?}")), Self::Exit),
            "z" => Self::Told,
            "h" => Self::HandlerFailed,
            "f" => Self::Failure(text.to_owned()),
            "r" => Self::Reload,
            "q" => Self::Quota(text.to_owned()),
            "l" => Self::Away(text.to_owned()),
            "k" => Self::Kill(text.to_owned()),
            _ => Self::Failure(format!("the page sent {payload:?}")),
        }
    }
}

/// The channel of the messages, and the route that fills it.
pub(crate) fn listen() -> (Pages, MethodRouter) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let route = any(async move |upgrade: WebSocketUpgrade| {
        upgrade.max_message_size(usize::MAX).on_upgrade(|socket| serve(socket, sender))
    });
    (receiver, route)
}

async fn serve(mut socket: WebSocket, runner: UnboundedSender<FromPage>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let _ = runner.send(FromPage::Opened(sender));
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    let _ = runner.send(FromPage::Message(ToRunner::parse(&text)));
                }
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
            },
            Some(text) = receiver.recv() => {
                if socket.send(Message::Text(text.into())).await.is_err() {
                    break;
                }
            }
        }
    }
    let _ = runner.send(FromPage::Closed);
}

#[cfg(test)]
mod tests {
    use super::ToRunner::{Exit, Failure, Stdout, Told};
    use super::*;

    #[test]
    fn messages_are_a_letter_and_a_text() {
        assert_eq!(ToRunner::parse("oa\u{ff}\n"), Stdout(b"a\xff\n".to_vec()));
        assert_eq!(ToRunner::parse("x-1"), Exit(-1));
        assert_eq!(ToRunner::parse("xone"), Failure("it ended with \"one\"".into()));
        assert_eq!(ToRunner::parse("z"), Told);
        assert_eq!(ToRunner::parse("fü"), Failure("ü".into()));
        assert_eq!(ToRunner::parse(""), Failure("the page sent \"\"".into()));
        assert_eq!(ToRunner::parse("ü"), Failure("the page sent \"ü\"".into()));
    }
}
