//! Plays answers: hands the machine the steps of each request, in place of workers and the cache's thread.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use reqwest::Url;

use super::super::events::{Event, Key};
use super::super::fetch::{Fetch, InFlight};
use super::super::order::Order;
use super::super::owner;
use super::super::settings::{self, Base};
use super::super::steps::{self, Reaction, Step};
use super::super::store::Task;
use super::super::target::{self, Target};
use super::{Answer, Cache, Moment, Sent};

/// What relative URLs are relative to where the program has not said.
const BASE: &str = "https://example.com/";

/// A turn takes so long.
const TURN: Duration = Duration::from_millis(1);

/// After so many turns in which nothing went on, `run` returns: more than what is done again and again waits for.
const REST: u32 = 10;

pub(super) struct State {
    /// Not after its guard was dropped, when it is there for what is still in flight.
    is_installed: bool,
    pub(super) cache: Cache,
    answers: Vec<Answers>,
    pub(super) sent: Vec<Sent>,
    plays: BTreeMap<Key, Play>,
    /// The addresses of C's structs.
    pub(super) structs: HashSet<usize>,
    /// Addresses where there was one.
    freed: HashSet<usize>,
    faults: Vec<String>,
    now: Instant,
    /// Turns in which nothing went on.
    idle: u32,
}

/// The answers to the same request.
struct Answers {
    method: String,
    url: String,
    left: VecDeque<Answer>,
}

/// A request in flight.
struct Play {
    name: String,
    answer: Answer,
    steps: VecDeque<Step>,
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// `None` without a script, and at the end of the thread.
pub(super) fn with<R>(access: impl FnOnce(&mut State) -> R) -> Option<R> {
    STATE.try_with(|state| state.borrow_mut().as_mut().map(access)).ok().flatten()
}

/// # Panics
/// As [`Script::install`](super::Script::install).
pub(super) fn install() {
    assert!(with(|state| state.is_installed) != Some(true), "this thread has a script");
    let is_idle = owner::with(|owner| owner.in_flight.is_empty());
    assert!(is_idle, "a script is installed before the first request, or when all are over");
    STATE.set(Some(State {
        is_installed: true,
        cache: Cache::Available,
        answers: Vec::new(),
        sent: Vec::new(),
        plays: BTreeMap::new(),
        structs: HashSet::new(),
        freed: HashSet::new(),
        faults: Vec::new(),
        now: Instant::now(),
        idle: 0,
    }));
}

/// Answers with the faults that nobody has been told of.
pub(super) fn uninstall() -> Vec<String> {
    with(|state| {
        state.is_installed = false;
        for play in state.plays.values_mut() {
            play.answer.holds.clear();
        }
        std::mem::take(&mut state.faults)
    })
    .unwrap_or_default()
}

/// The base that counts now, which is not looked up while the state is borrowed.
fn current_base() -> Base {
    settings::base().unwrap_or_else(default_base)
}

pub(super) fn add(method: &str, url: &str, answer: Answer) {
    let base = current_base();
    with(|state| state.add(method, url, answer, &base));
}

impl State {
    fn add(&mut self, method: &str, url: &str, answer: Answer, base: &Base) {
        let method = plain(method);
        match self.answers.iter_mut().find(|answers| answers.is_for(method, url, base)) {
            Some(answers) => answers.left.push_back(answer),
            None => self.answers.push(Answers {
                method: method.to_owned(),
                url: url.to_owned(),
                left: VecDeque::from([answer]),
            }),
        }
    }

    pub(super) fn release(&mut self) {
        for play in self.plays.values_mut() {
            if let Some(moment) = play.steps.front().and_then(moment_before) {
                play.answer.holds.retain(|hold| *hold != moment);
            }
        }
        self.idle = 0;
    }

    fn choose(&mut self, method: &str, url: &str, base: &Base) -> Answer {
        let Some(answers) = self.answers.iter_mut().find(|answers| answers.is_for(method, url, base)) else {
            let known: Vec<_> = self.answers.iter().map(Answers::to_string).collect();
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            self.fault(format!("nothing answers {method} {url}: the script has {known}"));
            return Answer::network_error();
        };
        let answer =
            if answers.left.len() > 1 { answers.left.pop_front() } else { answers.left.front().cloned() };
        answer.expect("at least one was added")
    }

    /// The play of a fetch, which begins when it is first asked for.
    fn play(&mut self, fetch: &Fetch, base: &Base, body: impl FnOnce() -> Vec<u8>) -> &mut Play {
        if !self.plays.contains_key(&fetch.key) {
            let method = match plain(&fetch.attributes.method) {
                "" => "GET",
                method => method,
            };
            let url = fetch.url();
            let answer = self.choose(method, &url, base);
            let name = format!("{method} {url}");
            let headers = fetch.attributes.headers.clone();
            self.sent.push(Sent { method: method.to_owned(), url, headers, body: body() });
            self.plays.insert(fetch.key, Play { name, answer, steps: VecDeque::new() });
        }
        self.plays.get_mut(&fetch.key).expect("it is there now")
    }

    fn fault(&mut self, what: String) {
        self.faults.push(format!("native::script: {what}"));
    }

    fn name(&self, key: Key) -> &str {
        self.plays.get(&key).map_or("a fetch", |play| &play.name)
    }
}

impl Answers {
    fn is_for(&self, method: &str, url: &str, base: &Base) -> bool {
        let is_same_url =
            || matches!((absolute(&self.url, base), absolute(url, base)), (Some(a), Some(b)) if a == b);
        self.method.eq_ignore_ascii_case(method) && (self.url == url || is_same_url())
    }
}

impl std::fmt::Display for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

impl Play {
    fn append(&mut self, key: Key, event: Event) {
        steps::append(&mut self.steps, key, event);
    }

    fn is_held(&self) -> bool {
        self.steps.front().and_then(moment_before).is_some_and(|moment| self.answer.holds.contains(&moment))
    }
}

/// As `fetch!` calls it.
fn plain(method: &str) -> &str {
    method.strip_prefix("EM_").unwrap_or(method)
}

/// A key need not be a URL.
fn absolute(url: &str, base: &Base) -> Option<String> {
    target::resolve(url, Some(base)).ok().map(|target| match target {
        Target::Http(url) | Target::Data(url) | Target::File(url, _) => without_fragment(url),
        Target::Nowhere => url.to_owned(),
    })
}

fn without_fragment(mut url: Url) -> String {
    url.set_fragment(None);
    url.into()
}

fn moment_before(step: &Step) -> Option<Moment> {
    let Step::React(_, reaction) = step else { return None };
    match reaction {
        Reaction::Found(_) | Reaction::Missing => Some(Moment::Lookup),
        Reaction::HeadersReceived(_) => Some(Moment::Headers),
        Reaction::Loading => Some(Moment::Body),
        Reaction::Done | Reaction::Broken => Some(Moment::Done),
        Reaction::Load { .. } => Some(Moment::Load),
        Reaction::Stored { .. } | Reaction::Deleted(_) => Some(Moment::Store),
        Reaction::Progress(_) | Reaction::Error | Reaction::Timeout => None,
    }
}

/// Whether what a browser does in the same task comes next.
fn is_first_half(step: &Step) -> bool {
    matches!(step, Step::React(_, Reaction::Loading | Reaction::Done | Reaction::Broken))
}

// What follows is called by the backend.

/// Whether there is a script, or what is left of one.
pub(in super::super) fn is_on() -> bool {
    with(|_| ()).is_some()
}

pub(in super::super) fn base() -> Option<Base> {
    with(|state| state.is_installed)?.then(default_base)
}

fn default_base() -> Base {
    Base::Site(Url::parse(BASE).expect("a URL"))
}

/// The script's time.
pub(in super::super) fn now() -> Option<Instant> {
    with(|state| state.now)
}

pub(in super::super) fn cache_is_available() -> bool {
    // One that throws is there all the same.
    with(|state| state.cache) != Some(Cache::Unavailable)
}

/// Has the cache do `task`, whose end comes as a step.
///
/// # Errors
/// If it does not take the task.
pub(in super::super) fn order(task: Task, fetch: &Fetch) -> Result<(), Task> {
    let mut task = Some(task);
    let base = current_base();
    let taken = with(|state| {
        let cache = state.cache;
        let is_record = fetch.attributes.method.starts_with("EM_");
        let play = state.play(fetch, &base, || match &task {
            Some(Task::Store(body)) => body.as_slice().to_vec(),
            _ => Vec::new(),
        });
        if cache != Cache::Available {
            return;
        }
        let event = match task.take() {
            Some(Task::Load) => play.answer.lookup(),
            Some(Task::Store(body)) => {
                let stored = if is_record { play.answer.is_success() } else { play.answer.is_stored() };
                Event::Stored { body, stored }
            }
            Some(Task::Delete) => Event::Deleted(play.answer.is_success()),
            None => return,
        };
        play.append(fetch.key, event);
    });
    debug_assert!(taken.is_some(), "asked only where a script is on");
    task.map_or(Ok(()), Err)
}

/// Begins a transfer; `false` if `send` throws.
pub(in super::super) fn send(order: Order, fetch: &Fetch) -> bool {
    let url = match order.target {
        Target::Http(url) | Target::Data(url) | Target::File(url, _) => without_fragment(url),
        Target::Nowhere => fetch.url(),
    };
    let has_body = order.wire.method != "HEAD";
    let base = current_base();
    with(|state| {
        let play = state.play(fetch, &base, || order.wire.body.unwrap_or_default());
        let Some(events) = play.answer.transfer(url, has_body, order.keep) else { return false };
        for event in events {
            play.append(fetch.key, event);
        }
        true
    })
    .unwrap_or(true)
}

/// Appends what each request does in this turn.
pub(in super::super) fn turn(in_flight: &HashMap<Key, InFlight>, steps: &mut VecDeque<Step>) {
    let is_over = with(|state| {
        state.now += TURN;
        state.idle += 1;
        state.plays.retain(|key, play| in_flight.contains_key(key) || !play.steps.is_empty());
        for (key, play) in &mut state.plays {
            while !(play.is_held() && in_flight.contains_key(key)) {
                let Some(step) = play.steps.pop_front() else { break };
                let goes_on = is_first_half(&step);
                steps.push_back(step);
                state.idle = 0;
                if !goes_on {
                    break;
                }
            }
        }
        !state.is_installed && state.plays.is_empty()
    });
    if is_over == Some(true) {
        STATE.set(None);
    }
}

/// Whether all that is in flight is held, and has been for a while.
pub(in super::super) fn is_at_rest() -> bool {
    with(|state| state.idle > REST) == Some(true)
}

/// `reaction` comes for a fetch that has been closed. JS asks for the handle of a request that was aborted, and
/// ignores it; what the cache does, and what follows `readyState` 4 in the same task, it writes unasked.
pub(in super::super) fn orphaned(key: Key, reaction: &Reaction) {
    with(|state| match reaction {
        Reaction::HeadersReceived(_)
        | Reaction::Loading
        | Reaction::Progress(_)
        | Reaction::Done
        | Reaction::Broken => {
            state.plays.remove(&key);
        }
        _ => {
            state.fault(format!("{} was closed too early: JS would write into freed memory", state.name(key)))
        }
    });
}

/// A struct has been made.
pub(in super::super) fn made(fetch: *const Fetch) {
    with(|state| {
        state.freed.remove(&fetch.addr());
        state.structs.insert(fetch.addr());
    });
}

/// A struct is being freed.
pub(in super::super) fn freed(fetch: *const Fetch) {
    with(|state| {
        if state.structs.remove(&fetch.addr()) {
            state.freed.insert(fetch.addr());
        }
    });
}

/// Whether a fetch is closed that has been freed, which is a fault.
pub(in super::super) fn closes_twice(fetch: *const Fetch) -> bool {
    with(|state| {
        let is_freed = state.freed.contains(&fetch.addr());
        if is_freed {
            state.fault("a fetch was closed twice".to_owned());
        }
        is_freed
    }) == Some(true)
}

/// A close would call `onerror` of a fetch whose terminal callback has been called. Whether that is left undone.
pub(in super::super) fn recalls(key: Key) -> bool {
    with(|state| {
        state.fault(format!("closing {} would call its onerror again", state.name(key)));
    })
    .is_some()
}

/// The id that is freed with a fetch is that of another.
pub(in super::super) fn closes_another(other: Key) {
    with(|state| state.fault(format!("{} was aborted by the close of another fetch", state.name(other))));
}

/// # Panics
/// If there were faults.
pub(in super::super) fn check() {
    let faults = with(|state| std::mem::take(&mut state.faults)).unwrap_or_default();
    if !faults.is_empty() {
        panic!("{}", faults.join("; "));
    }
}
