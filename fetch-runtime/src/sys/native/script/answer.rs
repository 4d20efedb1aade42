//! Answers to scripted requests.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};

use crate::sys::entry_text::EntryText;
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::event::{Cause, Entry, Event, Head};
use crate::sys::native::machine::exchange::BodyMode;
use crate::sys::native::machine::raw_headers::raw_headers;

/// How a request proceeds and ends.
///
/// ```
/// use fetch_runtime::native::script::{Answer, Stage};
///
/// let page = Answer::new(404).header("Content-Type", "text/plain").body("no such thing");
/// let two_chunks = Answer::new(206).body(vec![0; 500]).body(vec![1; 500]);
/// let breaks_off = Answer::new(200).body("the first half").breaks_off();
/// let full_disk = Answer::new(200).body("intact all the same").not_stored();
/// let never_saved = Answer::cache_miss();
/// let spinner = Answer::new(200).hold(Stage::Head);
/// # drop((page, two_chunks, breaks_off, full_disk, never_saved, spinner));
/// ```
#[derive(Clone, Debug)]
#[must_use = "an answer does nothing until it is given to a script"]
pub struct Answer {
    status: StatusCode,
    reason: Option<String>,
    headers: HeaderMap,
    uploads: Vec<u64>,
    chunks: Vec<Vec<u8>>,
    final_url: Option<String>,
    end: End,
    cached: Option<Vec<u8>>,
    /// The text that the cache has with that, and its age. The times are missing.
    stored: Option<(Head, Duration)>,
    is_stored: bool,
    pub(super) holds: Vec<Stage>,
}

/// The end of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Complete,
    OutOfMemory,
    /// Before the headers, or in the body.
    Broken {
        after_headers: bool,
    },
    Timeout {
        after_headers: bool,
    },
    Thrown,
    /// There is no transfer: only the cache answers.
    CacheMiss,
    CacheFailed,
}

/// A stage at which a request can be [held](Answer::hold), until
/// [`Script::release`](super::Script::release).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The cache is being read.
    Lookup,
    /// The request has been sent, and the headers have not come.
    Head,
    /// The headers have come, and no chunk of the body has been delivered.
    Chunk,
    /// The last byte of the body has come, and `readyState` is not yet 4.
    Done,
    /// The transfer is complete, and `readyState` is 4. The terminal callback or the store is next.
    /// In a browser, only C's `onreadystatechange` runs at this stage.
    Load,
    /// The cache is being written: a body, a record, or the deletion of one.
    Store,
}

impl Answer {
    /// The server responds with a status, and the cache has no record: see
    /// [`cached`](Self::cached) for one. For `IDB_STORE` and `IDB_DELETE`, a 2xx means that the
    /// record is stored or deleted, and any other status that the cache fails, like
    /// [`cache_failed`](Self::cache_failed).
    ///
    /// # Panics
    /// If the status is not between 200 and 599.
    pub fn new(status: u16) -> Self {
        assert!((200..600).contains(&status), "{status} is not the status of a response");
        Self {
            status: StatusCode::from_u16(status).expect("it is in range"),
            reason: None,
            headers: HeaderMap::new(),
            uploads: Vec::new(),
            chunks: Vec::new(),
            final_url: None,
            end: End::Complete,
            cached: None,
            stored: None,
            is_stored: true,
            holds: Vec::new(),
        }
    }

    fn ending(end: End) -> Self {
        Self { end, is_stored: false, ..Self::new(503) }
    }

    /// The cache has a record. A request that is downloaded all the same, as with
    /// [`CacheMode::Reload`](crate::CacheMode::Reload), gets the same bytes with status 200.
    pub fn cached(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { cached: Some(body.clone()), ..Self::new(200).body(body) }
    }

    /// The cache has this response, which it received that long ago, by the [script's
    /// clock](super::Script::advance). [`CacheMode::NoCache`](crate::CacheMode::NoCache) and
    /// [`CacheMode::Default`](crate::CacheMode::Default) find its headers, too.
    ///
    /// ```
    /// use std::time::Duration;
    /// use fetch_runtime::native::script::{Answer, Script};
    /// use fetch_runtime::{CacheStatus, fetch};
    ///
    /// let script = Script::install();
    /// let stored = Answer::new(200).header("ETag", "\"7\"").body("level 1");
    /// let answer = Answer::new(304).with_stored(stored, Duration::from_secs(60));
    /// script.answer("GET", "/level/1", answer);
    /// fetch!(GET "/level/1", cache: NoCache => |response| {
    ///     assert_eq!(response.cache_status(), CacheStatus::Revalidated);
    ///     assert_eq!(response.text(), "level 1");
    /// })?;
    /// fetch_runtime::run();
    /// let headers = &script.sent()[0].headers;
    /// assert_eq!(headers[0], ("If-None-Match".to_owned(), "\"7\"".to_owned()));
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    pub fn with_stored(mut self, response: Self, age: Duration) -> Self {
        self.cached = Some(response.chunks.concat());
        self.stored = Some((response.head(String::new()), age));
        self
    }

    /// The cache has no record, and the network is not used:
    /// [`Outcome::CacheMiss`](crate::Outcome::CacheMiss), for
    /// [`CacheMode::OnlyIfCached`](crate::CacheMode::OnlyIfCached). A download also needs the
    /// response of the server: use [`Answer::new`]. A request with this answer that goes to the
    /// network ends as a network error, and [`run`](crate::run()) or [`poll`](crate::poll()) panics
    /// and names it.
    ///
    /// ```
    /// use fetch_runtime::native::script::{Answer, Script};
    /// use fetch_runtime::{Outcome, fetch};
    ///
    /// let script = Script::install();
    /// script.answer("GET", "save/1", Answer::cache_miss());
    /// fetch!(GET "save/1", cache: OnlyIfCached => |response| {
    ///     assert_eq!(response.outcome(), Outcome::CacheMiss);
    /// })?;
    /// fetch_runtime::run();
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    pub fn cache_miss() -> Self {
        Self::ending(End::CacheMiss)
    }

    /// The cache fails: [`Outcome::CacheFailed`](crate::Outcome::CacheFailed), for `IDB_STORE` (the
    /// disk is full) and `IDB_DELETE`. For
    /// [`CacheMode::OnlyIfCached`](crate::CacheMode::OnlyIfCached), a record that cannot be read is
    /// a miss. Like [`cache_miss`](Self::cache_miss), this is not an answer to a download: use
    /// [`not_stored`](Self::not_stored) for a body that cannot be stored.
    ///
    /// ```
    /// use fetch_runtime::native::script::{Answer, Script};
    /// use fetch_runtime::{Outcome, fetch};
    ///
    /// let script = Script::install();
    /// script.answer("IDB_STORE", "save/1", Answer::cache_failed());
    /// fetch!(IDB_STORE "save/1", body: "level 3" => |response| {
    ///     assert_eq!(response.outcome(), Outcome::CacheFailed); // "not saved: the disk is full"
    /// })?;
    /// fetch_runtime::run();
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    pub fn cache_failed() -> Self {
        Self::ending(End::CacheFailed)
    }

    /// No server answers: [`Outcome::NetworkError`](crate::Outcome::NetworkError).
    pub fn network_error() -> Self {
        Self::ending(End::Broken { after_headers: false })
    }

    /// The server does not respond in time: [`Outcome::Timeout`](crate::Outcome::Timeout), however
    /// long the request's [`timeout`](crate::Request::timeout) is, and whatever the script's clock
    /// says. (To time out by the clock, [hold](Self::hold) the answer and use
    /// [`Script::advance`](super::Script::advance).)
    ///
    /// A request without a timeout cannot time out: it ends as a network error, and
    /// [`run`](crate::run()) or [`poll`](crate::poll()) panics and names it. The same goes for
    /// [`times_out`](Self::times_out).
    pub fn timeout() -> Self {
        Self::ending(End::Timeout { after_headers: false })
    }

    /// `XMLHttpRequest.send` throws. Upstream reports that as a network error: inside
    /// `emscripten_fetch` or, after a cache miss, in the event that reports the miss.
    pub fn send_throws() -> Self {
        Self::ending(End::Thrown)
    }

    /// Replaces the canonical reason phrase.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Adds a header. `Content-Length` is added by itself, unless there is a `Transfer-Encoding`.
    ///
    /// # Panics
    /// If it is not a valid header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let parsed = (HeaderName::try_from(name), HeaderValue::try_from(value));
        let (Ok(name), Ok(value)) = parsed else { panic!("not a header: {name:?}: {value:?}") };
        self.headers.append(name, value);
        self
    }

    /// The body. Each further call adds a chunk to it. Progress is reported after each chunk.
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.chunks.push(bytes.into());
        self
    }

    /// Reports to [`on_upload`](crate::Request::on_upload) that this many bytes of the request's
    /// body have been sent. Each further call is another report. When the headers come, all of the
    /// body has been reported, also without a call of this method.
    ///
    /// ```
    /// use fetch_runtime::native::script::{Answer, Script};
    /// use fetch_runtime::{Progress, Request};
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// let script = Script::install();
    /// script.answer("PUT", "/save", Answer::new(204).upload(3));
    /// let seen = Rc::new(RefCell::new(Vec::new()));
    /// let bar = Rc::clone(&seen);
    /// Request::put("/save")
    ///     .body("seven b")
    ///     .on_upload(move |Progress { loaded, .. }| bar.borrow_mut().push(loaded))
    ///     .send_fn(|_| ())?;
    /// fetch_runtime::run();
    /// assert_eq!(*seen.borrow(), [3, 7]);
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    pub fn upload(mut self, sent: u64) -> Self {
        self.uploads.push(sent);
        self
    }

    /// The URL of the response, after redirects.
    pub fn final_url(mut self, url: impl Into<String>) -> Self {
        self.final_url = Some(url.into());
        self
    }

    /// The connection breaks after the headers and the chunks of the body.
    pub fn breaks_off(mut self) -> Self {
        self.end = End::Broken { after_headers: true };
        self
    }

    /// The request times out after the headers and the chunks of the body. As with
    /// [`Answer::timeout`], it needs a [`timeout`](crate::Request::timeout).
    pub fn times_out(mut self) -> Self {
        self.end = End::Timeout { after_headers: true };
        self
    }

    /// There is no memory for the body or, if it is streamed, for its chunks.
    pub fn out_of_memory(mut self) -> Self {
        self.end = End::OutOfMemory;
        self
    }

    /// The cache cannot store the body: it is full.
    pub fn not_stored(mut self) -> Self {
        self.is_stored = false;
        self
    }

    /// Holds the request at a stage, until [`Script::release`](super::Script::release). Its
    /// [`timeout`](crate::Request::timeout) goes on meanwhile, by the [script's
    /// clock](super::Script::advance).
    ///
    /// [`run`](crate::run()) returns when all requests that are left are held. A request on which
    /// [its thread is blocked](crate::Request::send_blocking) is not held, and the script panics
    /// and names it in the end.
    pub fn hold(mut self, stage: Stage) -> Self {
        self.holds.push(stage);
        self
    }

    /// The result of a lookup in the cache.
    pub(super) fn lookup(&self) -> Event {
        match self.cached.as_deref() {
            Some([]) => Event::Found(Buffer::zeroed(0)),
            Some(body) => Event::Found(Buffer::copy_of(body)),
            None => Event::Missing,
        }
    }

    /// The same for an entry. It is now this many seconds since 1970.
    pub(super) fn lookup_entry(&self, now: u64) -> Event {
        let (Some((head, age)), Some(body)) = (&self.stored, &self.cached) else {
            return Event::Missing;
        };
        let time = now.saturating_sub(age.as_secs());
        let text = EntryText {
            sent: time,
            received: time,
            status_text: &head.status_text,
            final_url: &head.url,
            is_redirected: false,
            selecting: "",
            headers: &head.headers,
        };
        Event::FoundEntry(Entry { body: Buffer::copy_of(body), text: text.to_string() })
    }

    /// Whether a body is stored.
    pub(super) fn is_stored(&self) -> bool {
        self.is_stored
    }

    /// Whether a record is stored or deleted.
    pub(super) fn is_success(&self) -> bool {
        self.end == End::Complete && self.status.is_success()
    }

    /// The reason why a transfer cannot end like this, with the remedy.
    pub(super) fn no_transfer(&self, has_timeout: bool) -> Option<&'static str> {
        match self.end {
            End::Timeout { .. } if !has_timeout => Some(
                "has no `timeout` that could be over: give it one, or answer it by \
                 `Answer::network_error()`, or hold its answer",
            ),
            End::CacheMiss | End::CacheFailed => Some(
                "goes to the network, but its answer is for the cache alone: answer it by \
                 `Answer::new`, which the cache does not have",
            ),
            _ => None,
        }
    }

    /// The reason why a record cannot be stored or deleted like this, with the remedy.
    pub(super) fn no_record(&self) -> Option<&'static str> {
        (self.end == End::CacheMiss).then_some(
            "does not look for a record, so that it cannot miss: answer it by \
             `Answer::new(200)`, or `Answer::cache_failed()`",
        )
    }

    /// The events of the transfer. `None` if `send` throws. `upload` is the length of the request's
    /// body, if its upload is to be reported.
    pub(super) fn transfer(
        &self,
        url: String,
        upload: Option<u64>,
        has_body: bool,
        body_mode: BodyMode,
    ) -> Option<Vec<Event>> {
        let uploads = self.uploads.iter().copied().filter(|_| upload.is_some());
        let mut events: Vec<_> = uploads.map(Event::Upload).collect();
        let early = match self.end {
            End::Thrown => return None,
            End::Broken { after_headers: false } => Some(broken()),
            End::Timeout { after_headers: false } => Some(Event::TimedOut),
            _ => None,
        };
        if let Some(end) = early {
            events.push(end);
            return Some(events);
        }
        events.extend(upload.map(Event::Upload));
        events.push(Event::Head(self.head(url)));
        let mut loaded = 0;
        let mut body = Buffer::new();
        for chunk in self.chunks.iter().filter(|chunk| has_body && !chunk.is_empty()) {
            loaded += chunk.len() as u64;
            events.push(match body_mode {
                BodyMode::Chunks if self.end == End::OutOfMemory => {
                    Event::Chunk { bytes: Buffer::lost(chunk.len() as u64), permit: None }
                }
                BodyMode::Chunks => Event::Chunk { bytes: Buffer::copy_of(chunk), permit: None },
                BodyMode::Whole | BodyMode::Discard => Event::Progress(loaded),
            });
            if let BodyMode::Whole = body_mode {
                body.extend(chunk);
            }
        }
        events.push(match self.end {
            End::Broken { .. } => broken(),
            End::Timeout { .. } => Event::TimedOut,
            End::OutOfMemory if !matches!(body_mode, BodyMode::Chunks) => {
                Event::Loaded { body: Buffer::lost(loaded), loaded }
            }
            _ => Event::Loaded { body, loaded },
        });
        Some(events)
    }

    fn head(&self, url: String) -> Head {
        let mut headers = self.headers.clone();
        if !headers.contains_key(TRANSFER_ENCODING) && !headers.contains_key(CONTENT_LENGTH) {
            let length: usize = self.chunks.iter().map(Vec::len).sum();
            headers.insert(CONTENT_LENGTH, length.into());
        }
        let length =
            headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let reason = || self.status.canonical_reason().unwrap_or_default().to_owned();
        let fields = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        Head {
            status: self.status.as_u16(),
            status_text: self.reason.clone().unwrap_or_else(reason),
            headers: raw_headers(fields),
            url: self.final_url.clone().unwrap_or(url),
            content_length: length.unwrap_or(0),
        }
    }
}

/// A network error that the script causes.
fn broken() -> Event {
    Event::Failed(Cause::new("the scripted answer breaks off"))
}
