//! Requests to another origin: what CORS and the page's policy refuse.

use std::cell::Cell;
use std::rc::Rc;

use fetch_runtime::{CacheMode, CacheStatus, Credentials, Outcome, Request};
use fetch_shared::pattern::{is_pattern, version};
use fetch_shared::scenario::{Test, assert_is};

use super::{downloads, fails, leaves_nothing, with_another, with_another_origin};
use crate::driver::Run;
use crate::js;
use crate::options::{says_yes, streams};

/// Any page may read the response. The test server answers with the headers in a query.
const SHARED: &str = "Access-Control-Allow-Origin=*";

pub(crate) fn cors() -> Vec<(String, Run)> {
    tests![
        a_response_that_is_shared,
        a_response_that_is_not_shared,
        a_preflight_that_is_refused,
        a_preflight_that_is_granted,
        a_preflight_for_an_upload,
        headers_that_are_not_exposed,
        credentials,
        a_redirect_to_another_origin,
        a_redirect_between_other_origins,
        a_redirect_back,
        a_download_that_broke_off,
        redirects_out_of_http,
        a_certificate_that_is_not_trusted
    ]
}

fn is_intact(body: &[u8], len: usize) -> bool {
    body.len() == len && is_pattern(body, 0)
}

/// `If-Range` would need a preflight, which the server refuses. So all of it is asked for again.
fn a_download_that_broke_off(t: &Test) {
    with_another_origin(t, |t, other| {
        let exposed = "Access-Control-Expose-Headers=*";
        let url = format!("{other}/resumable/other?size=40000&{SHARED}&{exposed}");
        let request = move || Request::get(url.clone()).cache(CacheMode::ForceCache).resume(true);
        t.send(request(), |_, response| super::is_network_error(&response));
        t.then_first(move |t| {
            t.send(request(), |_, response| {
                assert_is(&response, Outcome::Success, CacheStatus::Stored);
                assert!(response.body() == version(1, 40_000));
                assert_eq!(response.header("x-count"), Some("2"));
                assert_eq!(response.header("x-asked").map(str::trim), Some(""));
            });
        });
    });
}

/// Else the other tests would prove nothing.
fn a_response_that_is_shared(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            let url = format!("{other}/bytes/900?{SHARED}");
            for mode in [CacheMode::NoStore, CacheMode::Reload, CacheMode::ForceCache] {
                t.send(Request::get(url.as_str()).cache(mode), |_, response| {
                    assert!(response.is_success() && is_intact(response.body(), 900));
                });
            }
            if streams() {
                t.send(Request::get(url.as_str()).on_chunk(|_| ()), |_, response| {
                    assert!(response.is_success(), "{response:?}");
                });
            }
            if js::is_worker() {
                let waited = Request::get(url.as_str()).send_blocking().expect("it begins");
                assert!(waited.is_success() && is_intact(waited.body(), 900), "{waited:?}");
            }
            t.then_first(move |t| {
                t.send(Request::get(url).cache(CacheMode::OnlyIfCached), |_, response| {
                    assert_is(&response, Outcome::Success, CacheStatus::Hit);
                });
            });
        });
    });
}

fn a_response_that_is_not_shared(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            fails(t, &format!("{other}/bytes/901"));
            let url = format!("{other}/bytes/901?Access-Control-Allow-Origin=http://127.0.0.1:1");
            t.then_first(move |t| fails(t, &url));
        });
    });
}

/// The request itself is not sent.
fn a_preflight_that_is_refused(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            // The method, then the header.
            for query in [SHARED, "Access-Control-Allow-Origin=*&Access-Control-Allow-Methods=PUT"]
            {
                let url = format!("{other}/echo?{query}");
                let request = || Request::put(url.as_str()).header("X-Custom", "1").body("body");
                t.send(request(), |_, response| super::is_network_error(&response));
                if js::is_worker() {
                    let waited = request().send_blocking().expect("it begins");
                    super::is_network_error(&waited);
                }
            }
            t.then_first(|t| others_saw(t, "/echo", 0));
        });
    });
}

/// How often the servers of other origins were asked for a path.
fn others_saw(t: &Test, path: &str, expected: usize) {
    let url = t.url(&format!("/fetch-runner/others/requests?path={path}"));
    t.send(Request::get(url), move |_, response| {
        assert_eq!(response.text(), expected.to_string());
    });
}

fn a_preflight_that_is_granted(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            let grants = "Access-Control-Allow-Methods=PUT&Access-Control-Allow-Headers=X-Custom";
            let url = format!("{other}/echo?{SHARED}&{grants}");
            let request = || Request::put(url.as_str()).header("X-Custom", "1").body("body");
            t.send(request(), |_, response| {
                assert_eq!((response.outcome(), &*response.text()), (Outcome::Success, "body"));
            });
            if js::is_worker() {
                let waited = request().send_blocking().expect("it begins");
                assert_eq!((waited.outcome(), &*waited.text()), (Outcome::Success, "body"));
            }
        });
    });
}

/// With `on_upload`, a request needs a preflight that would not need one without. Where that is
/// refused, the request itself is not sent.
fn a_preflight_for_an_upload(t: &Test) {
    const PATH: &str = "/uri/of-an-upload";
    with_another_origin(t, |t, other| {
        let arrived = Cell::new(0);
        leaves_nothing(t, move |t| {
            let private = format!("{other}{PATH}");
            let shared = format!("{private}?{SHARED}");
            let post =
                |url: &str| Request::post(url).header("Content-Type", "text/plain").body("body");
            let sent = Rc::new(Cell::new(0));
            let seen = Rc::clone(&sent);
            let granted = post(&shared).on_upload(move |progress| seen.set(progress.loaded));
            t.send(granted, move |_, response| {
                assert_eq!((response.outcome(), sent.get()), (Outcome::Success, 4));
            });
            let refused = post(&private).on_upload(|_| unreachable!("the body is not sent"));
            t.send(refused, |_, response| super::is_network_error(&response));
            t.send(post(&private), |_, response| super::is_network_error(&response));
            // The first one and the last.
            arrived.set(arrived.get() + 2);
            let arrived = arrived.get();
            t.then_first(move |t| others_saw(t, PATH, arrived));
        });
    });
}

fn headers_that_are_not_exposed(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            for (expose, seen) in
                [("", None), ("&Access-Control-Expose-Headers=X-Method", Some("GET"))]
            {
                let url = format!("{other}/echo?{SHARED}{expose}");
                let mut requests = vec![Request::get(url.as_str())];
                if streams() {
                    requests.push(Request::get(url.as_str()).on_chunk(|_| ()));
                }
                for request in requests {
                    t.send(request, move |_, response| {
                        assert!(response.is_success(), "{response:?}");
                        let headers = response.headers().expect("it has some");
                        assert_eq!(headers.get("X-Method"), seen, "{response:?}");
                    });
                }
            }
        });
    });
}

/// Cookies go to another origin, and the response comes, if both sides want that.
fn credentials(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            let page = js::evaluate("location.origin");
            let may = "Access-Control-Allow-Credentials=true";
            let granted = format!("Access-Control-Allow-Origin={page}&{may}");
            let get = |query: &str| Request::get(format!("{other}/cookie/shared?{query}"));
            let include = |query: &str| get(query).credentials(Credentials::Include);
            // The servers of all ports share the cookies.
            t.send(include(&granted), |_, response| assert!(response.is_success(), "{response:?}"));
            for query in [SHARED, &format!("{SHARED}&{may}"), granted.trim_end_matches(may)] {
                t.send(include(query), |_, response| super::is_network_error(&response));
            }
            let (with, without) = (include(&granted), get(&granted));
            t.then_first(|t| {
                t.send(with, |_, response| assert_eq!(response.text(), "came"));
                t.send(without, |_, response| assert_eq!(response.text(), "none"));
            });
        });
    });
}

/// A download that is redirected arrives, from this URL.
fn arrives(t: &Test, from: &str, to: &str) {
    for request in [Request::get(from), Request::get(from).cache(CacheMode::Reload)] {
        let to = to.to_owned();
        t.send(request, move |_, response| {
            assert!(response.is_success() && is_intact(response.body(), 902), "{response:?}");
            let is_known = says_yes("FETCH_TEST_FINAL_URL");
            assert_eq!(response.final_url(), is_known.then_some(to.as_str()));
        });
    }
}

fn a_redirect_to_another_origin(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            let redirect = t.url("/redirect/302?to=");
            let to = format!("{other}/bytes/902");
            fails(t, &format!("{redirect}{to}"));
            t.then_first(move |t| {
                arrives(t, &format!("{redirect}{to}?{SHARED}"), &format!("{to}?{SHARED}"));
            });
        });
    });
}

/// Each of the two must share its response.
fn a_redirect_between_other_origins(t: &Test) {
    with_another_origin(t, |t, first| {
        with_another_origin(t, |t, second| {
            leaves_nothing(t, move |t| {
                let (redirect, to) =
                    (format!("{first}/redirect/307"), format!("{second}/bytes/902"));
                fails(t, &format!("{redirect}?to={to}?{SHARED}"));
                t.then_first(move |t| {
                    fails(t, &format!("{redirect}?{SHARED}&to={to}"));
                    t.then_first(move |t| {
                        let to = format!("{to}?{SHARED}");
                        arrives(t, &format!("{redirect}?{SHARED}&to={to}"), &to);
                    });
                });
            });
        });
    });
}

/// A redirect back to the page's own origin comes from an opaque origin: only a response that is
/// shared with all arrives.
fn a_redirect_back(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            let page = js::evaluate("location.origin");
            let redirect = format!("{other}/redirect/302?{SHARED}&to={}", t.url("/bytes/902"));
            fails(t, &redirect);
            t.then_first(move |t| {
                fails(t, &format!("{redirect}?Access-Control-Allow-Origin={page}"));
                t.then_first(move |t| {
                    let to = t.url(&format!("/bytes/902?{SHARED}"));
                    arrives(t, &format!("{redirect}?{SHARED}"), &to);
                });
            });
        });
    });
}

fn redirects_out_of_http(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            let with_password = format!("{}/bytes/903?{SHARED}", other.replace("//", "//me:pw@"));
            for to in [
                "data:,text",
                "file:///etc/hostname",
                "blob:text",
                "javascript:0",
                "unknown:text",
                "http://:bad",
                &with_password,
            ] {
                let url = t.url(&format!("/redirect/302?to={to}"));
                t.then_first(move |t| fails(t, &url));
            }
        });
    });
}

fn a_certificate_that_is_not_trusted(t: &Test) {
    with_another(t, "start-tls", |t, secure| {
        leaves_nothing(t, move |t| {
            let url = format!("{secure}/bytes/904?{SHARED}");
            fails(t, &url);
            t.then_first(move |t| fails(t, &t.url(&format!("/redirect/302?to={url}"))));
        });
    });
}

/// The page's policy is `connect-src 'self'`.
pub(crate) fn csp() -> Vec<(String, Run)> {
    tests![another_origin_is_blocked, a_redirect_is_blocked, its_own_origin_is_not_blocked]
}

/// The server would share all, and sees nothing.
fn another_origin_is_blocked(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            fails(t, &format!("{other}/bytes/905?{SHARED}"));
            t.then(|t| others_saw(t, "/bytes/905", 0));
        });
    });
}

fn a_redirect_is_blocked(t: &Test) {
    with_another_origin(t, |t, other| {
        leaves_nothing(t, move |t| {
            fails(t, &t.url(&format!("/redirect/302?to={other}/bytes/906?{SHARED}")));
            t.then(|t| others_saw(t, "/bytes/906", 0));
        });
    });
}

fn its_own_origin_is_not_blocked(t: &Test) {
    leaves_nothing(t, |t| {
        for request in downloads(&t.url("/status/404"), |_| ()) {
            t.send(request, |_, response| {
                assert_eq!((response.outcome(), response.status()), (Outcome::HttpError, 404));
            });
        }
    });
}
