//! Abort signals, with the DOM standard's names: [`Request::signal`].

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem;
use std::rc::{Rc, Weak};

use crate::flight::InFlight;
use crate::request::{Extra, Flight, Slot, Slots};
use crate::{Outcome, Request, StartError};

/// Aborts, all at once, the requests that were started with its [`signal`](Self::signal): those of
/// a screen that the user leaves, for example ([DOM standard][AbortController]).
///
/// Dropping it aborts nothing. It belongs to its thread, as requests do:
///
/// ```compile_fail,E0277
/// # fn is_send<T: Send>() {}
/// is_send::<fetch_runtime::AbortController>();
/// ```
///
/// ```no_run
/// use fetch_runtime::{AbortController, Outcome, Request, StartError};
///
/// # fn main() -> Result<(), StartError> {
/// let level = AbortController::new();
/// for part in ["/level/1/map", "/level/1/music", "/level/1/sprites"] {
///     Request::get(part).signal(&level).send_fn(|response| match response.outcome() {
///         Outcome::Aborted => println!("aborted: {}", response.url()),
///         _ => println!("{} bytes", response.body().len()),
///     })?;
/// }
/// level.abort(); // each of the three handlers is called with `Outcome::Aborted`
/// # Ok(())
/// # }
/// ```
///
/// [AbortController]: https://dom.spec.whatwg.org/#interface-abortcontroller
#[derive(Debug, Default)]
pub struct AbortController {
    signal: AbortSignal,
}

/// Ties requests to their [`AbortController`]. All clones are the same signal.
///
/// It keeps track of the requests that are in flight, and drops those that are over.
#[derive(Clone, Default)]
pub struct AbortSignal(Rc<Shared>);

/// A value that ties a request to a signal: an [`AbortSignal`], the [`AbortController`] that it
/// belongs to, or an `Rc` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an abort signal",
    label = "expected an `AbortSignal` or an `AbortController`",
    note = "write `signal: &controller`, where `let controller = AbortController::new();`"
)]
pub trait AsAbortSignal {
    /// The signal.
    fn as_abort_signal(&self) -> &AbortSignal;
}

impl AsAbortSignal for AbortSignal {
    fn as_abort_signal(&self) -> &AbortSignal {
        self
    }
}

impl AsAbortSignal for AbortController {
    fn as_abort_signal(&self) -> &AbortSignal {
        &self.signal
    }
}

impl<T: AsAbortSignal + ?Sized> AsAbortSignal for Rc<T> {
    fn as_abort_signal(&self) -> &AbortSignal {
        (**self).as_abort_signal()
    }
}

#[derive(Default)]
struct Shared {
    aborted: Cell<bool>,
    /// Requests that may be in flight.
    requests: RefCell<Vec<Weak<InFlight>>>,
}

impl AbortController {
    /// A new controller.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The signal for [`Request::signal`].
    #[must_use]
    pub fn signal(&self) -> AbortSignal {
        self.signal.clone()
    }

    /// Ends all requests of its signal that are in flight, each as
    /// [`Fetch::abort`](crate::Fetch::abort) does. The signal can start no more requests:
    /// [`StartError::Aborted`]. A second call does nothing.
    pub fn abort(&self) {
        let shared = &*self.signal.0;
        shared.aborted.set(true);
        for request in shared.requests.take() {
            if let Some(flight) = request.upgrade() {
                flight.cancel(Outcome::Aborted);
            }
        }
    }
}

impl AbortSignal {
    /// Whether its controller has aborted.
    ///
    /// ```
    /// let controller = fetch_runtime::AbortController::new();
    /// let signal = controller.signal();
    /// assert!(!signal.aborted());
    /// controller.abort();
    /// assert!(signal.aborted());
    /// ```
    #[must_use]
    pub fn aborted(&self) -> bool {
        self.0.aborted.get()
    }

    /// Has the controller's abort end this request, which has just started.
    fn follow(&self, flight: &Rc<InFlight>) {
        let mut requests = self.0.requests.borrow_mut();
        if requests.len() == requests.capacity() {
            requests.retain(is_in_flight);
            // Room for twice as many and a few more. So a pass over all of them is rare, and
            // finished requests do not pile up.
            let room = requests.len() + 4;
            requests.reserve_exact(room);
            let capacity = requests.len() + room;
            requests.shrink_to(capacity);
        }
        requests.push(Rc::downgrade(flight));
    }
}

fn is_in_flight(request: &Weak<InFlight>) -> bool {
    request.upgrade().is_some_and(|flight| !flight.is_finished())
}

/// The signal of a request.
struct Followed {
    signal: AbortSignal,
    /// Whether the signal knows the request, which may wait before it begins.
    is_known: bool,
}

impl Extra for Followed {
    fn try_clone(&self) -> Option<Box<dyn Extra>> {
        Some(Box::new(Self { signal: self.signal.clone(), is_known: false }))
    }

    fn blocking_conflict(&self) -> Option<&'static str> {
        Some("`signal` cannot abort a request while its thread is blocked: remove it")
    }

    fn begun(&mut self, flight: &Flight, _: u32) {
        let Some(flight) = flight.downcast_ref::<Rc<InFlight>>() else { return };
        if mem::replace(&mut self.is_known, true) {
            return;
        }
        self.signal.follow(flight);
        // The controller may have aborted since the request was made.
        if self.signal.aborted() {
            flight.cancel(Outcome::Aborted);
        }
    }
}

impl fmt::Debug for AbortSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortSignal").field("aborted", &self.aborted()).finish()
    }
}

impl Request {
    /// Ends the request when the signal's controller aborts, as
    /// [`Fetch::abort`](crate::Fetch::abort) does. The controller itself can stand for its signal.
    ///
    /// If the controller has already aborted, the request does not start: [`StartError::Aborted`].
    /// If it aborts between this call and the start, the request ends with [`Outcome::Aborted`] as
    /// soon as it has begun.
    ///
    /// ```
    /// use fetch_runtime::{AbortController, StartError, fetch};
    ///
    /// let controller = AbortController::new();
    /// controller.abort();
    /// let started = fetch!(GET "https://example.com/map", signal: &controller => |_| ());
    /// assert_eq!(started.unwrap_err(), StartError::Aborted);
    /// ```
    pub fn signal(mut self, signal: &(impl AsAbortSignal + ?Sized)) -> Self {
        let signal = signal.as_abort_signal();
        if signal.aborted() {
            self.parts.record_error(StartError::Aborted);
        }
        let followed = Followed { signal: signal.clone(), is_known: false };
        Slots::set(&mut self.extras, Slot::Signal, Box::new(followed));
        self
    }
}
