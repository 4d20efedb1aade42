//! The live driver: an HTTP client and a cache on disk.

mod auth;
mod basic;
#[cfg(feature = "native-cache")]
mod bodies;
mod clients;
mod coding;
mod connector;
mod cookie_date;
mod cookie_jar;
mod cookies;
mod digest;
mod download;
mod http;
mod link;
mod local;
pub(super) mod process;
mod received;
mod redirects;
mod reporter;
mod response;
mod resume;
mod runtime;
mod upload;
mod wire_request;

// The parts that are features. A file in `without` stands in for one that is missing.
#[cfg_attr(not(feature = "native-cache"), allow(dead_code))]
mod cache_request;
#[cfg(feature = "native-cache")]
mod database;
#[cfg_attr(not(feature = "native-compression"), path = "without/decoders.rs")]
mod decoders;
#[cfg_attr(not(feature = "native-http2"), path = "without/http2.rs")]
mod http2;
#[cfg_attr(not(feature = "native-cache"), allow(dead_code))]
mod keeper;
#[cfg(feature = "native-cache")]
mod ledger;
#[cfg(feature = "native-cache")]
mod lock;
#[cfg(feature = "native-cache")]
mod parts;
#[cfg(feature = "native-cache")]
mod records;
#[cfg_attr(not(feature = "native-https"), path = "without/sha.rs")]
mod sha;
#[cfg_attr(not(feature = "native-cache"), path = "without/store.rs")]
mod store;
#[cfg(feature = "native-cache")]
mod system;
#[cfg_attr(not(feature = "native-https"), path = "without/tls.rs")]
mod tls;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_request::{Budget, Of};
use keeper::{Download, Keeper};
use reporter::Reporter;
use runtime::{JobHandle, Runtime};
use store::Store;
use upload::Upload;

use super::driver::{Driver, Wait};
use super::machine::Machine;
use super::machine::event::{Cause, Event, FetchId};
use super::machine::exchange::Exchange;
use super::machine::fetch::{Fetch, PartsTag};
use super::machine::output::Thrown;
use super::machine::task::Task;
use super::mailbox::Mailbox;
use super::{settings, target};
use crate::sys::namespace;

pub(super) struct Live {
    transfers: HashMap<FetchId, Running>,
    mailbox: Mailbox,
    cache: Cache,
    runtime: Option<Arc<Runtime>>,
    /// Wakes the tasks that wait when the next timer is due.
    alarm: Option<(Instant, JobHandle)>,
    /// How far this thread's clock is ahead of the real time. Scripts advance it, and timers that
    /// they leave behind may be due by it.
    ahead: Duration,
}

/// A transfer. Its drop ends it.
struct Running {
    _job: JobHandle,
    keeper: Option<Keeper>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Now, and not when the thread of the transfer ends it: the next request finds the parts.
        if let Some(keeper) = &self.keeper {
            keeper.end_early();
        }
    }
}

enum Cache {
    Unopened,
    /// It could not be opened. As upstream's, it stays unavailable.
    Unavailable,
    Open(Store),
}

impl Live {
    pub(super) fn new() -> Self {
        Self {
            transfers: HashMap::new(),
            mailbox: Mailbox::new(),
            cache: Cache::Unopened,
            runtime: None,
            alarm: None,
            ahead: Duration::ZERO,
        }
    }

    /// From now on this is the time, at the least.
    pub(super) fn advance_to(&mut self, now: Instant) {
        self.ahead = now.saturating_duration_since(Instant::now());
    }

    /// Closes the cache. It is opened again when it is next needed. The caller drops the old one,
    /// which may have tasks to finish.
    pub(super) fn close_cache(&mut self) -> impl Sized + use<> {
        std::mem::replace(&mut self.cache, Cache::Unopened)
    }

    /// The cache, if there is one.
    pub(super) fn open_cache(&mut self) -> Option<&Store> {
        if let Cache::Unopened = self.cache {
            process::claim();
            let store = settings::cache_dir().and_then(|folder| Store::open(&folder).ok());
            self.cache = store.map_or(Cache::Unavailable, Cache::Open);
        }
        match &self.cache {
            Cache::Open(store) => Some(store),
            _ => None,
        }
    }

    /// Keeps the parts of the body of this fetch.
    fn keeper(&mut self, fetch: &Fetch, tag: PartsTag) -> Option<Keeper> {
        let download = Download { key: fetch.cache_key(), tag, budget: budget(fetch) };
        self.open_cache()?.keeper(download)
    }

    /// Whether the transfer has read parts of an earlier one since the last call, or waited for
    /// parts to be written.
    pub(super) fn has_read_parts(&self, id: FetchId) -> bool {
        let keeper = self.transfers.get(&id).and_then(|running| running.keeper.as_ref());
        keeper.is_some_and(Keeper::take_progress)
    }

    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Wakes the tasks that wait when this time has come, or an earlier one that was set before.
    pub(super) fn set_alarm(&mut self, due: Instant) {
        let now = self.now();
        // An alarm whose time has come may have woken the tasks already.
        if self.alarm.as_ref().is_some_and(|(set, _)| *set <= due && *set > now) {
            return;
        }
        let wait = due.saturating_duration_since(now);
        let sender = self.mailbox.sender().clone();
        let alarm = self.runtime().map(|runtime| {
            runtime.spawn(|_| async move {
                tokio::time::sleep(wait).await;
                sender.wake_all();
            })
        });
        self.alarm = alarm.map(|alarm| (due, alarm));
    }

    fn runtime(&mut self) -> Option<&Runtime> {
        if self.runtime.is_none() {
            process::claim();
            self.runtime = Runtime::shared().ok();
        }
        self.runtime.as_deref()
    }

    fn take_event(&mut self, (id, event): (FetchId, Event), machine: &mut Machine) {
        if let Event::Loaded { .. } | Event::Failed(_) | Event::TimedOut = event {
            self.transfers.remove(&id);
        }
        machine.push_event(id, event);
    }
}

/// The budget that the downloads of this fetch count towards.
fn budget(fetch: &Fetch) -> Option<Budget> {
    settings::budget()
        .filter(|_| fetch.attributes.counts)
        .map(|bytes| Budget { bytes, namespace: namespace::prefix() })
}

impl Driver for Live {
    /// If no thread can be started, the transfer is a network error.
    fn send(&mut self, fetch: &Fetch, exchange: Exchange) -> Result<(), Thrown> {
        let base = settings::base();
        let url = &exchange.url;
        let target = target::resolve(url, base.as_ref())
            .map_err(|reason| Thrown::Open(format!("invalid URL {url:?}: {reason}")))?;
        let lost = Event::Failed(Cause::new(
            "the thread of the transfer has panicked, or could not be started",
        ));
        let reporter = Reporter::new(fetch.id, self.mailbox.sender().clone(), lost);
        let upload =
            exchange.reports_upload.then(|| Upload::new(fetch.id, self.mailbox.sender().clone()));
        // A password is sent when the server asks for it. That is not done twice.
        let tag = fetch.attributes.parts.filter(|_| exchange.auth.is_none());
        let keeper = tag.and_then(|tag| self.keeper(fetch, tag));
        let Some(runtime) = self.runtime() else { return Ok(()) };
        let transfer = http::Transfer::new(exchange, target, base.as_ref(), upload, keeper.clone());
        let job = runtime.spawn(|clients| transfer.run(clients, reporter));
        self.transfers.insert(fetch.id, Running { _job: job, keeper });
        Ok(())
    }

    fn cache(&mut self, fetch: &Fetch, task: Task) -> Result<(), Task> {
        let reporting = (fetch.id, self.mailbox.sender().clone());
        let Some(store) = self.open_cache() else { return Err(task) };
        let of = Of {
            cache_key: fetch.cache_key(),
            is_download: fetch.is_download(),
            budget: budget(fetch),
            accepts: fetch.attributes.accepts.clone(),
            parts: fetch.attributes.parts,
        };
        store.begin(task, of, reporting);
        Ok(())
    }

    fn update_entry(&mut self, key: String, old: String, new: Option<String>) {
        if let Some(store) = self.open_cache() {
            store.update(key, old, new);
        }
    }

    fn cancel(&mut self, id: FetchId) {
        self.transfers.remove(&id);
    }

    fn now(&self) -> Instant {
        Instant::now() + self.ahead
    }

    fn poll(&mut self, wait: Wait, machine: &mut Machine) -> bool {
        let event = match wait {
            Wait::Nothing => None,
            Wait::Event(due) | Wait::Blocked(_, due) => {
                self.mailbox.wait(due.map(|due| due - self.ahead))
            }
        };
        let mut next = event.or_else(|| self.mailbox.take());
        while let Some(event) = next {
            self.take_event(event, machine);
            next = self.mailbox.take();
        }
        true
    }
}
