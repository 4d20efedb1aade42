//! Errands: requests of pthreads that use the cache. The main thread, which alone has the database,
//! carries them out.
//!
//! The values of the request go there, and its response comes back. User code stays on the pthread:
//! its handler, its contexts, and those optional parts that call it.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::ptr;
use std::rc::Rc;

use crate::flight::{Begin, Call, InFlight, queue};
#[cfg(feature = "integrity")]
use crate::request::Verifier;
use crate::request::{Access, Flight, Recipe, Report, RequestParts, Slots};
use crate::sys::backend::{self, Letter, Receive, Reply, Ticket};
use crate::{Outcome, Progress, Request};

/// A request on its way to the main thread.
struct Errand {
    parts: Box<RequestParts>,
    access: &'static Access,
    /// The optional parts that act where the fetch is.
    recipes: Vec<Recipe>,
    #[cfg(feature = "integrity")]
    verifier: Option<Box<dyn Verifier>>,
    /// The base of the relative URLs of the thread, where a key may be one.
    base: Option<CString>,
    begin: Begin,
}

/// Has the main thread carry the request out. Without memory, the request fails to begin. Returns
/// false if this is the main thread.
pub(super) fn send(flight: &Flight) -> bool {
    if backend::is_main() {
        return false;
    }
    let Some(flight) = flight.downcast_ref::<Rc<InFlight>>() else { return false };
    if !backend::can_ask_main() {
        flight.fail_to_begin(Outcome::OutOfMemory);
        return true;
    }
    let Some(errand) = Errand::of(flight) else { return false };
    let receive = Rc::clone(flight) as Rc<dyn Receive>;
    let ticket = backend::ask_main(|reply| errand.run(reply), receive);
    flight.go_elsewhere(ticket, tell);
    true
}

fn tell(ticket: Ticket, outcome: Option<Outcome>) {
    backend::tell_main(ticket, outcome.map(|outcome| Box::new(outcome) as Letter));
}

impl Errand {
    fn of(flight: &InFlight) -> Option<Self> {
        let access = flight.access()?;
        let parts = flight.take_parts()?;
        let mut recipes = Vec::new();
        flight.with_extras(|extras| extras.recipes(&mut |recipe| recipes.push(recipe)));
        let is_key = !parts.operation.needs_network();
        Some(Self {
            parts,
            access,
            recipes,
            #[cfg(feature = "integrity")]
            verifier: flight.copy_verifier(),
            base: if is_key { backend::base() } else { None },
            begin: queue::begin(),
        })
    }

    /// Carries the request out, on the main thread.
    fn run(self, reply: Reply) {
        let reply = Rc::new(reply);
        let mut request = Request::from_parts(self.parts);
        request.access = Some(self.access);
        #[cfg(feature = "integrity")]
        {
            request.verifier = self.verifier;
        }
        let report: Report = {
            let reply = Rc::clone(&reply);
            Rc::new(move |progress: Progress| reply.send(Box::new(progress)))
        };
        for (slot, make) in self.recipes {
            Slots::set(&mut request.extras, slot, make(&report));
        }
        let is_refused = is_refused(&request.parts);
        let flight = InFlight::new(request, Box::new(Answering(Rc::clone(&reply))));
        flight.set_guest(self.begin);
        let heard = Rc::downgrade(&flight);
        reply.listen(move |word| {
            let Some(flight) = heard.upgrade() else { return };
            match word.and_then(|word| word.downcast::<Outcome>().ok()) {
                Some(outcome) => flight.cancel(*outcome),
                None => flight.abandon(),
            }
        });
        if is_refused {
            flight.fail_to_begin(Outcome::NetworkError);
        } else {
            backend::with_base(self.base.as_deref(), || (self.begin)(flight));
        }
    }
}

/// Prepares the host of the main thread. The pthread has checked all else.
fn is_refused(parts: &RequestParts) -> bool {
    let needs_network = parts.operation.needs_network();
    let url = if needs_network { parts.sent_url().as_ptr() } else { ptr::null() };
    // SAFETY: the request has the URL, a C string.
    unsafe { backend::check_host(url, false) }.is_err()
}

/// Sends the response to the thread that has asked.
struct Answering(Rc<Reply>);

impl Call for Answering {
    fn call(self: Box<Self>, flight: Rc<InFlight>) {
        if let Some(response) = flight.take_response() {
            self.0.answer(Box::new(response));
        }
    }
}
