//! Talks in a chat room: `cargo run --example chat`.
//!
//! Messages go by POST, and come as server-sent events, by streaming. Where the program cannot
//! stream, they come by long polling: the server keeps each request until it has news. A connection
//! that breaks is made anew after a pause, and goes on after the last event that has come.

mod events;

use std::collections::VecDeque;
use std::error::Error;
use std::time::Duration;

use fetch_examples::Files;
use fetch_runtime::{
    Body, ResponseStream, StartError, encode_component, fetch, sleep, spawn_local, stats, timeout,
};

use events::{Event, Parser};

type Checked = Result<(), Box<dyn Error>>;

/// The pause after the first failure, unless the server says another. It doubles each time.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A connection that is silent for so long is broken.
const SILENCE: Duration = Duration::from_secs(60);

/// The events of a URL. To stop, drop it. The future of [`next`](Self::next) may be dropped at any
/// time: no event is lost by that.
struct Listener {
    url: String,
    stream: Option<ResponseStream>,
    polls: bool,
    parser: Parser,
    events: VecDeque<Event>,
    failures: u32,
}

impl Listener {
    fn new(url: &str) -> Self {
        let (parser, events) = (Parser::default(), VecDeque::new());
        Self { url: url.to_owned(), stream: None, polls: false, parser, events, failures: 0 }
    }

    /// The next event, however long it takes. `None` if the server has no more.
    async fn next(&mut self) -> Result<Option<Event>, StartError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            match if self.polls { self.poll().await? } else { self.read().await? } {
                (200, Some(bytes)) => {
                    self.failures = 0;
                    self.events.extend(self.parser.push(&bytes));
                }
                (204, _) => return Ok(None),
                _ => {
                    self.stream = None;
                    let pause = self.parser.retry.unwrap_or(PAUSE);
                    let pause = pause.saturating_mul(1 << self.failures.min(10));
                    self.failures += 1;
                    sleep(pause.min(LONGEST_PAUSE)).await;
                }
            }
        }
    }

    /// The status, and the next bytes of the stream. Without bytes, it has ended.
    async fn read(&mut self) -> Result<(u16, Option<Body>), StartError> {
        if self.stream.is_none() {
            self.parser.begin();
            let mut request = fetch!(GET &self.url,
                headers: { "Accept": "text/event-stream" },
                idle_timeout: SILENCE,
            );
            if !self.parser.last_id.is_empty() {
                request = request.header("Last-Event-ID", &self.parser.last_id);
            }
            match request.stream().await {
                Err(StartError::StreamingNotSupported) => {
                    self.polls = true;
                    return self.poll().await;
                }
                stream => self.stream = Some(stream?),
            }
        }
        let Some(stream) = &mut self.stream else { return Ok((0, None)) };
        let chunk = stream.next().await.and_then(Result::ok);
        Ok((stream.status(), chunk.map(|chunk| chunk.into_body())))
    }

    /// The status and the body of a request that ends with the next events.
    async fn poll(&mut self) -> Result<(u16, Option<Body>), StartError> {
        self.parser.begin();
        let (url, after) = (&self.url, encode_component(&self.parser.last_id));
        let response = fetch!(GET format!("{url}?after={after}"), timeout: SILENCE).await?;
        Ok((response.status(), Some(response.into_body())))
    }
}

async fn post(path: &str, text: &str) -> Checked {
    fetch!(POST path, body: text.to_owned()).await?.into_result()?;
    Ok(())
}

/// Waits for a message, and checks that it is this one.
async fn hear(listener: &mut Listener, expected: &str) -> Checked {
    let event = listener.next().await?.ok_or("the chat goes on")?;
    check(event.data == expected, format!("heard a {}: {:?}", event.name, event.data))
}

async fn talk(files: Files) -> Checked {
    let mut lobby = Listener::new("/chat/lobby");
    for text in ["Hello!", "Grüße 🎮", "Two\nlines"] {
        post("/chat/lobby", text).await?;
        hear(&mut lobby, text).await?;
    }
    println!("ok     by {}", if lobby.polls { "long polling" } else { "streaming" });

    // All connections break. What is said meanwhile comes with the next one.
    spawn_local(async {
        sleep(Duration::from_millis(100)).await;
        post("/chat/lobby/break", "").await?;
        post("/chat/lobby", "Still there?").await?;
        post("/chat/lobby", "Yes.").await
    });
    hear(&mut lobby, "Still there?").await?;
    hear(&mut lobby, "Yes.").await?;

    let silence = timeout(Duration::from_millis(100), lobby.next()).await;
    check(silence.is_err(), "heard nothing, and went on".to_owned())?;
    post("/chat/lobby", "Bye.").await?;
    hear(&mut lobby, "Bye.").await?;

    // The end of the listener ends its connection.
    let mut other = Listener::new("/chat/lobby");
    hear(&mut other, "Hello!").await?;
    drop(other);
    post("/chat/lobby/close", "").await?;
    check(lobby.next().await?.is_none(), "the chat is over".to_owned())?;
    drop(lobby);
    let live = stats().live;
    check(live == 0, format!("{live} requests are left"))?;
    drop(files);
    Ok(())
}

fn check(good: bool, line: String) -> Checked {
    if !good {
        return Err(line.into());
    }
    println!("ok     {line}");
    Ok(())
}

fn main() -> Checked {
    spawn_local(talk(Files::serve()?));
    fetch_runtime::run();
    Ok(())
}
