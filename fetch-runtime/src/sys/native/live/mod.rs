//! The live driver: an HTTP client and a cache on disk.

mod clients;
mod coding;
mod cookies;
mod database;
mod download;
mod http;
mod local;
mod lock;
pub(super) mod process;
mod redirects;
mod reporter;
mod runtime;
mod store;
mod wire_request;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use reporter::{Events, Reporter};
use runtime::{Runtime, TransferHandle};
use store::Store;

use super::driver::{Driver, Wait};
use super::machine::Machine;
use super::machine::event::{Cause, Event, FetchId};
use super::machine::exchange::Exchange;
use super::machine::fetch::Fetch;
use super::machine::output::Thrown;
use super::machine::task::Task;
use super::{settings, target};

pub(super) struct Live {
    transfers: HashMap<FetchId, TransferHandle>,
    sender: Events,
    receiver: Receiver<(FetchId, Event)>,
    cache: Cache,
    runtime: Option<Arc<Runtime>>,
    /// How far this thread's clock is ahead of the real time. Scripts advance it, and timers that
    /// they leave behind may be due by it.
    ahead: Duration,
}

enum Cache {
    Unopened,
    /// It could not be opened. As upstream's, it stays unavailable.
    Unavailable,
    Open(Store),
}

impl Live {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            transfers: HashMap::new(),
            sender,
            receiver,
            cache: Cache::Unopened,
            runtime: None,
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

    fn open_cache(&mut self) -> Option<&Store> {
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

    fn take_event(&mut self, (id, event): (FetchId, Event), machine: &mut Machine) {
        if let Event::Loaded { .. } | Event::Failed(_) | Event::TimedOut = event {
            self.transfers.remove(&id);
        }
        machine.push_event(id, event);
    }
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
        let reporter = Reporter::new(fetch.id, self.sender.clone(), lost);
        if self.runtime.is_none() {
            process::claim();
            self.runtime = Runtime::shared().ok();
        }
        let Some(runtime) = &self.runtime else { return Ok(()) };
        let transfer = http::Transfer::new(exchange, target, base.as_ref());
        let handle = runtime.spawn(|shared| transfer.run(shared, reporter));
        self.transfers.insert(fetch.id, handle);
        Ok(())
    }

    fn cache(&mut self, fetch: &Fetch, task: Task) -> Result<(), Task> {
        let events = self.sender.clone();
        let Some(store) = self.open_cache() else { return Err(task) };
        store.begin(task, fetch.cache_key(), fetch.id, events);
        Ok(())
    }

    fn cancel(&mut self, id: FetchId) {
        self.transfers.remove(&id);
    }

    fn now(&self) -> Instant {
        Instant::now() + self.ahead
    }

    fn poll(&mut self, wait: Wait, machine: &mut Machine) -> bool {
        // The channel is never disconnected, as `sender` lives.
        let event = match wait {
            Wait::Nothing => None,
            Wait::Event(Some(due)) | Wait::Blocked(_, Some(due)) => {
                self.receiver.recv_timeout(due.saturating_duration_since(self.now())).ok()
            }
            Wait::Event(None) | Wait::Blocked(_, None) => self.receiver.recv().ok(),
        };
        if let Some(event) = event {
            self.take_event(event, machine);
        }
        while let Ok(event) = self.receiver.try_recv() {
            self.take_event(event, machine);
        }
        true
    }
}
