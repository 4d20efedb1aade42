//! The live driver: an HTTP client and a cache on disk.

mod auth;
mod clients;
mod coding;
mod cookie_date;
mod cookie_jar;
mod cookies;
mod database;
mod download;
mod http;
mod ledger;
mod local;
mod lock;
pub(super) mod process;
mod records;
mod redirects;
mod reporter;
mod runtime;
mod store;
mod upload;
mod wire_request;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::Budget;
use reporter::Reporter;
use runtime::{JobHandle, Runtime};
use store::{Of, Store};
use upload::Upload;

use super::driver::{Driver, Wait};
use super::machine::Machine;
use super::machine::event::{Cause, Event, FetchId};
use super::machine::exchange::Exchange;
use super::machine::fetch::Fetch;
use super::machine::output::Thrown;
use super::machine::task::Task;
use super::mailbox::Mailbox;
use super::{settings, target};
use crate::sys::namespace;

pub(super) struct Live {
    transfers: HashMap<FetchId, JobHandle>,
    mailbox: Mailbox,
    cache: Cache,
    runtime: Option<Arc<Runtime>>,
    /// Wakes the tasks that wait when the next timer is due.
    alarm: Option<(Instant, JobHandle)>,
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
        let Some(runtime) = self.runtime() else { return Ok(()) };
        let transfer = http::Transfer::new(exchange, target, base.as_ref(), upload);
        let handle = runtime.spawn(|clients| transfer.run(clients, reporter));
        self.transfers.insert(fetch.id, handle);
        Ok(())
    }

    fn cache(&mut self, fetch: &Fetch, task: Task) -> Result<(), Task> {
        let reporting = (fetch.id, self.mailbox.sender().clone());
        let Some(store) = self.open_cache() else { return Err(task) };
        let of = Of {
            cache_key: fetch.cache_key(),
            is_download: fetch.is_download(),
            budget: settings::budget()
                .filter(|_| fetch.attributes.counts)
                .map(|bytes| Budget { bytes, namespace: namespace::prefix() }),
            accepts: fetch.attributes.accepts.clone(),
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
