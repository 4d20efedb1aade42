//! Freshness, [RFC 9111 §4.2](https://www.rfc-editor.org/rfc/rfc9111#section-4.2), and the stale
//! responses of [RFC 5861](https://www.rfc-editor.org/rfc/rfc5861). Times are in seconds.

use super::control::{Control, seconds};
use super::date;

/// The facts that the age of a stored response is computed from.
pub(super) struct Times<'a> {
    /// When the request was sent, by this device's clock.
    pub(super) sent: u64,
    /// When the response was received, by the same clock.
    pub(super) received: u64,
    /// The fields of the response.
    pub(super) date: Option<&'a str>,
    pub(super) age: Option<&'a str>,
    pub(super) expires: Option<&'a str>,
}

impl Times<'_> {
    /// The `Date`. A response without one has the time at which it was received.
    fn date(&self) -> u64 {
        self.date.and_then(date::parse).unwrap_or(self.received)
    }

    /// The current age (§4.2.3). `None` if the clock has been set back since.
    pub(super) fn current_age(&self, now: u64) -> Option<u64> {
        let apparent = self.received.saturating_sub(self.date());
        let delay = self.received.saturating_sub(self.sent);
        // The first of several values counts.
        let age = self.age.and_then(|ages| ages.split(',').next());
        let corrected = age.map_or(0, |age| seconds(Some(age))).saturating_add(delay);
        let resident = now.checked_sub(self.received)?;
        Some(apparent.max(corrected).saturating_add(resident))
    }

    /// How long the response is fresh (§4.2.1). A private cache ignores `s-maxage`.
    pub(super) fn lifetime(&self, control: &Control) -> u64 {
        let expires = || {
            // A date that cannot be read is in the past.
            let expires = self.expires.map(|expires| date::parse(expires).unwrap_or(0));
            expires.map_or(0, |expires| expires.saturating_sub(self.date()))
        };
        control.max_age.unwrap_or_else(expires)
    }
}

/// What a stored response is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Fresh,
    /// It is stale, and the program accepts that (`max-stale`).
    Stale,
    /// It is stale, and is to be validated after it was used (`stale-while-revalidate`).
    StaleWhileRevalidating,
    /// The server has to be asked first.
    Ask,
}

/// What the response is good for, at this age. `None` is an unknown age.
pub(super) fn judge(request: &Control, response: &Control, lifetime: u64, age: Option<u64>) -> Use {
    let Some(age) = age else { return Use::Ask };
    let is_too_old = request.max_age.is_some_and(|max_age| age > max_age);
    if request.no_cache || response.no_cache || is_too_old {
        return Use::Ask;
    }
    let min_fresh = request.min_fresh.unwrap_or(0);
    if is_within(age.saturating_add(min_fresh), lifetime) {
        return Use::Fresh;
    }
    if response.must_revalidate || min_fresh > 0 {
        return Use::Ask;
    }
    if request.max_stale.is_some_and(|limit| age.saturating_sub(lifetime) <= limit) {
        return Use::Stale;
    }
    match response.stale_while_revalidate {
        Some(more) if is_within(age, lifetime.saturating_add(more)) => Use::StaleWhileRevalidating,
        _ => Use::Ask,
    }
}

/// Whether the response may be used because the server cannot be asked (`stale-if-error`).
pub(super) fn may_be_used_after_error(
    request: &Control,
    response: &Control,
    lifetime: u64,
    age: Option<u64>,
) -> bool {
    let more = request.stale_if_error.max(response.stale_if_error);
    let is_forbidden = request.no_cache || response.no_cache || response.must_revalidate;
    match (age, more) {
        (Some(age), Some(more)) if !is_forbidden => is_within(age, lifetime.saturating_add(more)),
        _ => false,
    }
}

/// A response is fresh as long as its lifetime exceeds its age.
fn is_within(age: u64, lifetime: u64) -> bool {
    lifetime > age
}

/// Whether the response to this request, with the status 200, may be stored (§3).
pub(super) fn is_storable(request: &Control, response: &Control) -> bool {
    // This cache understands a 200.
    !request.no_store && (!response.no_store || response.must_understand)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOV_6: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AT: u64 = 784_111_777;
    const BARE: Times<'static> =
        Times { sent: AT, received: AT, date: None, age: None, expires: None };

    /// §4.2.3, term by term.
    #[test]
    fn the_current_age() {
        let dated = Times { date: Some(NOV_6), ..BARE };
        for (name, times, now, expected) in [
            ("resident", BARE, AT + 7, Some(7)),
            ("apparent", Times { received: AT + 5, sent: AT + 5, ..dated }, AT + 7, Some(7)),
            ("the server's clock is ahead", Times { received: AT - 5, ..dated }, AT, Some(5)),
            ("delay", Times { received: AT + 3, ..BARE }, AT + 7, Some(7)),
            ("Age", Times { age: Some("10"), ..BARE }, AT + 7, Some(17)),
            (
                "Age, delay",
                { Times { age: Some("10"), received: AT + 2, ..dated } },
                AT + 7,
                Some(17),
            ),
            (
                "apparent over Age",
                { Times { age: Some("1"), received: AT + 20, sent: AT + 20, ..dated } },
                AT + 21,
                Some(21),
            ),
            ("the first Age", Times { age: Some("3, 9"), ..BARE }, AT, Some(3)),
            ("no Age", Times { age: Some("-3"), ..BARE }, AT, Some(0)),
            ("no Date", Times { date: Some("today"), ..BARE }, AT, Some(0)),
            ("the clock went back in transit", { Times { sent: AT + 99, ..BARE } }, AT, Some(0)),
            ("the clock was set back", BARE, AT - 1, None),
        ] {
            assert_eq!(times.current_age(now), expected, "{name}");
        }
    }

    /// §4.2.1.
    #[test]
    fn the_lifetime() {
        let control = |field: &str| Control::parse(field);
        let expires = |expires| Times { date: Some(NOV_6), expires: Some(expires), ..BARE };
        let later = "Sun, 06 Nov 1994 09:49:37 GMT";
        for (name, times, field, expected) in [
            ("nothing", BARE, "", 0),
            ("max-age", BARE, "max-age=60", 60),
            ("max-age over Expires", expires(later), "max-age=60", 60),
            ("max-age that is no time", expires(later), "max-age=x", 0),
            ("Expires", expires(later), "", 3600),
            ("Expires, s-maxage", expires(later), "s-maxage=9", 3600),
            ("Expires, no Date", Times { date: None, ..expires(later) }, "", 3600),
            ("Expires in the past", { Times { date: Some(later), ..expires(NOV_6) } }, "", 0),
            ("Expires: 0", expires("0"), "", 0),
        ] {
            assert_eq!(times.lifetime(&control(field)), expected, "{name}");
        }
    }

    /// Each response is fresh for 60 seconds.
    #[test]
    fn what_a_response_is_good_for() {
        for (request, response, age, expected) in [
            ("", "", Some(0), Use::Fresh),
            ("", "", Some(59), Use::Fresh),
            ("", "", Some(60), Use::Ask),
            ("", "", None, Use::Ask),
            ("", "no-cache", Some(0), Use::Ask),
            ("no-cache", "", Some(0), Use::Ask),
            ("max-age=10", "", Some(10), Use::Fresh),
            ("max-age=10", "", Some(11), Use::Ask),
            ("max-age=10, max-stale", "", Some(11), Use::Ask),
            ("min-fresh=10", "", Some(49), Use::Fresh),
            ("min-fresh=10", "", Some(50), Use::Ask),
            ("min-fresh=10", "stale-while-revalidate=99", Some(50), Use::Ask),
            ("max-stale", "", Some(1 << 40), Use::Stale),
            ("max-stale=5", "", Some(65), Use::Stale),
            ("max-stale=5", "", Some(66), Use::Ask),
            ("max-stale", "must-revalidate", Some(60), Use::Ask),
            ("", "stale-while-revalidate=5", Some(60), Use::StaleWhileRevalidating),
            ("", "stale-while-revalidate=5", Some(64), Use::StaleWhileRevalidating),
            ("", "stale-while-revalidate=5", Some(65), Use::Ask),
            ("", "stale-while-revalidate=5", None, Use::Ask),
            ("", "stale-while-revalidate=5, must-revalidate", Some(60), Use::Ask),
            ("", "stale-if-error=5", Some(60), Use::Ask),
        ] {
            let judged = judge(&Control::parse(request), &Control::parse(response), 60, age);
            assert_eq!(judged, expected, "{request:?} {response:?} {age:?}");
        }
    }

    /// Each response is fresh for 60 seconds.
    #[test]
    fn responses_after_an_error() {
        for (request, response, age, expected) in [
            ("", "", Some(60), false),
            ("", "stale-if-error=5", Some(64), true),
            ("", "stale-if-error=5", Some(65), false),
            ("", "stale-if-error=5", None, false),
            ("stale-if-error=9", "", Some(68), true),
            ("stale-if-error=9", "stale-if-error=5", Some(68), true),
            ("stale-if-error=5", "stale-if-error=9", Some(68), true),
            ("no-cache", "stale-if-error=5", Some(61), false),
            ("", "stale-if-error=5, no-cache", Some(61), false),
            ("stale-if-error=9", "must-revalidate", Some(61), false),
        ] {
            let (request_control, control) = (Control::parse(request), Control::parse(response));
            let may = may_be_used_after_error(&request_control, &control, 60, age);
            assert_eq!(may, expected, "{request:?} {response:?} {age:?}");
        }
    }

    #[test]
    fn what_may_be_stored() {
        for (request, response, expected) in [
            ("", "", true),
            ("", "private, max-age=0, no-cache", true),
            ("", "no-store", false),
            ("no-store", "max-age=60", false),
            ("", "no-store, must-understand", true),
            ("no-store", "must-understand", false),
        ] {
            let storable = is_storable(&Control::parse(request), &Control::parse(response));
            assert_eq!(storable, expected, "{request:?} {response:?}");
        }
    }
}
