//! Chat rooms: a message comes by POST, and goes out as a server-sent event or by long polling.

use std::collections::HashMap;
use std::fmt::Write;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::broken::connection_reset;

/// How long a poll without news lasts.
const POLL: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Room {
    messages: Vec<String>,
    /// How often all connections were broken.
    breaks: usize,
    is_closed: bool,
}

type Rooms = Arc<Mutex<HashMap<String, watch::Sender<Room>>>>;

/// `POST /chat/{room}` adds a message, `POST /chat/{room}/break` breaks the connections of all who
/// listen, and `POST /chat/{room}/close` ends the chat: a room that is closed answers 204.
///
/// `GET /chat/{room}` is a stream of the messages after the `Last-Event-ID`. With `?after=ID` it is
/// a poll, which ends with the messages that have come, or after 20 seconds.
pub(super) fn router() -> Router {
    Router::new()
        .route("/chat/{room}", get(listen).post(say))
        .route("/chat/{room}/{command}", post(command))
        .with_state(Rooms::default())
}

/// The room of this name. The first request makes it.
fn room(rooms: &Rooms, name: String) -> watch::Sender<Room> {
    rooms.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default().clone()
}

async fn say(State(rooms): State<Rooms>, Path(name): Path<String>, text: String) -> StatusCode {
    room(&rooms, name).send_modify(|room| room.messages.push(text));
    StatusCode::NO_CONTENT
}

async fn command(
    State(rooms): State<Rooms>,
    Path((name, command)): Path<(String, String)>,
) -> StatusCode {
    let room = room(&rooms, name);
    match &*command {
        "break" => room.send_modify(|room| room.breaks += 1),
        "close" => room.send_modify(|room| room.is_closed = true),
        _ => return StatusCode::NOT_FOUND,
    }
    StatusCode::NO_CONTENT
}

async fn listen(
    State(rooms): State<Rooms>,
    Path(name): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let number = |text: &str| text.parse::<usize>().unwrap_or(0);
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map_or(0, number);
    let mut room = room(&rooms, name).subscribe();
    let breaks = room.borrow().breaks;
    if room.borrow().is_closed {
        return StatusCode::NO_CONTENT.into_response();
    }
    let body = match query.get("after").map(|id| number(id)) {
        Some(after) => {
            let news =
                |room: &Room| room.is_closed || room.breaks > breaks || room.messages.len() > after;
            // The time may be over without any.
            let _ = timeout(POLL, room.wait_for(news)).await;
            let room = room.borrow();
            if room.breaks > breaks {
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
            Body::from(events(&room, after))
        }
        None => Body::from_stream(stream(room, last)),
    };
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// The messages after the one with this number. Each has other ends of lines, as servers have.
fn events(room: &Room, after: usize) -> String {
    let mut text = String::new();
    for (index, message) in room.messages.iter().enumerate().skip(after) {
        let id = index + 1;
        let end = ["\n", "\r\n", "\r"][id % 3];
        // The pause is short, so that tests are fast.
        let _ = write!(text, ":a comment{end}retry: 50{end}id: {id}{end}");
        for line in message.lines() {
            let _ = write!(text, "data: {line}{end}");
        }
        text += end;
    }
    text
}

/// The messages after the one with this number, until the room is closed or its connections break.
/// Each piece is torn in two, in a character if one has several bytes.
fn stream(
    room: watch::Receiver<Room>,
    after: usize,
) -> impl Stream<Item = Result<Bytes, io::Error>> {
    let breaks = room.borrow().breaks;
    let pieces = stream::unfold(Some((room, after)), move |state| async move {
        let (mut room, after) = state?;
        let news =
            |room: &Room| room.is_closed || room.breaks > breaks || room.messages.len() > after;
        room.wait_for(news).await.ok()?;
        let (text, len, is_broken, is_closed) = {
            let room = room.borrow();
            (events(&room, after), room.messages.len(), room.breaks > breaks, room.is_closed)
        };
        match (is_broken, is_closed) {
            (true, _) => Some((connection_reset(), None)),
            (false, true) => Some((Ok(text), None)),
            (false, false) => Some((Ok(text), Some((room, len)))),
        }
    });
    // Some browsers show the headers only when the body has begun.
    stream::iter([Ok(":welcome\n".to_owned())]).chain(pieces).flat_map(|piece| {
        let halves = match piece {
            Ok(text) => {
                let middle = text.bytes().position(|byte| !byte.is_ascii());
                let middle = middle.map_or(text.len() / 2, |first| first + 1);
                let bytes = Bytes::from(text);
                vec![Ok(bytes.slice(..middle)), Ok(bytes.slice(middle..))]
            }
            Err(error) => vec![Err(error)],
        };
        stream::iter(halves).then(async |half| {
            sleep(Duration::from_millis(5)).await;
            half
        })
    })
}
