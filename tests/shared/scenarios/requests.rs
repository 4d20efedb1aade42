//! Requests as values: their copies, and the bodies and queries that they are made from.

use std::time::Duration;

use fetch_runtime::{AbortController, Multipart, Outcome, Part, Request, StartError, fetch};
use serde::{Deserialize, Serialize};

use crate::pattern::pattern;
use crate::scenario::Test;

scenarios! { $ for_each_requests_scenario:
    copies
    copies_follow_the_same_signal
    copies_keep_the_error
    a_header_of_a_response
    json
    a_record_of_json
    json_that_is_not_expected
    values_that_cannot_be_written
    queries
    forms
    multipart
    options_in_place_of_others
}

/// A copy is sent as the request itself is.
fn copies(t: &Test) {
    let request = Request::post(t.url("/echo"))
        .header("Content-Type", "text/x-a")
        .timeout(Duration::from_secs(60))
        .body(String::from("bytes"));
    let copy = request.try_clone().expect("it has no closures");
    assert_eq!(copy.view().timeout(), Some(Duration::from_secs(60)));
    let changed = request.try_clone().expect("it has no closures").body("others");
    for (request, body) in [(request, "bytes"), (copy, "bytes"), (changed, "others")] {
        t.send(request, move |t, response| {
            assert_eq!(response.header("X-Method"), Some("POST"));
            assert_eq!(response.header("Content-Type"), Some("text/x-a"));
            assert_eq!(response.text(), body);
            // The body of a response is copied as well.
            let again = Request::post(t.url("/echo")).body(response.into_body());
            let copy = again.try_clone().expect("it has no closures");
            drop(again);
            t.send(copy, move |_, response| assert_eq!(response.text(), body));
        });
    }
    for request in [
        Request::get(t.url("/echo")).on_progress(|_| ()),
        Request::get(t.url("/echo")).on_chunk(|_| ()),
    ] {
        assert!(request.try_clone().is_none());
    }
}

/// The copy of a timeout is another one, and the copy of a signal is the same.
fn copies_follow_the_same_signal(t: &Test) {
    let controller = AbortController::new();
    let request = Request::get(t.url("/slow/600000")).signal(&controller);
    let copy = request.try_clone().expect("it has no closures");
    for request in [request, copy] {
        t.send(request, |_, response| assert_eq!(response.outcome(), Outcome::Aborted));
    }
    controller.abort();
    let request = Request::get(t.url("/slow/600000")).timeout(Duration::from_millis(50));
    let copy = request.try_clone().expect("it has no closures");
    for request in [request, copy] {
        t.send(request, |_, response| assert_eq!(response.outcome(), Outcome::Timeout));
    }
}

/// A copy of a request that cannot start cannot start either.
fn copies_keep_the_error(t: &Test) {
    let invalid = fetch!(GET t.url("/echo"), headers: { String::from("a b"): 1 });
    let copy = invalid.try_clone().expect("it has no closures");
    assert!(matches!(copy.view().error(), Some(StartError::InvalidHeaderName { .. })));
    let errors = [invalid, copy].map(|request| request.send_fn(|_| ()).map(drop).unwrap_err());
    assert_eq!(errors[0], errors[1]);
}

/// `header` is short for a look into the headers.
fn a_header_of_a_response(t: &Test) {
    t.send(Request::get(t.url("/bytes/3")), |_, response| {
        assert_eq!(response.header("CONTENT-LENGTH"), Some("3"));
        assert_eq!(response.header("X-Absent"), None);
    });
    t.send(Request::get("http://127.0.0.1:1/"), |_, response| {
        assert_eq!(response.header("Content-Length"), None);
    });
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Score {
    player: String,
    points: Option<f64>,
    levels: Vec<u32>,
}

fn score() -> Score {
    Score { player: "ü \"\\ \u{1f600}".into(), points: Some(7.25), levels: vec![1, u32::MAX] }
}

/// A value goes to the server as JSON, and comes back.
fn json(t: &Test) {
    for (request, content_type) in [
        (fetch!(POST t.url("/echo"), json: &score()), "application/json"),
        (Request::put(t.url("/echo")).json(score()), "application/json"),
        // A type of the request's own stays, before and after.
        (
            fetch!(PATCH t.url("/echo"),
                headers: { "content-type": "application/x-a+json" }, json: score()),
            "application/x-a+json",
        ),
        (
            Request::delete(t.url("/echo")).json(score()).header("CONTENT-TYPE", "text/x-b"),
            "text/x-b",
        ),
    ] {
        assert_eq!(request.view().header("Content-Type").as_deref(), Some(content_type));
        t.send(request, move |_, response| {
            assert_eq!(response.header("Content-Type"), Some(content_type));
            assert_eq!(response.json::<Score>().unwrap(), score());
        });
    }
    t.spawn({
        let url = t.url("/echo");
        async move {
            let response = fetch!(POST url, json: &[score(), score()]).await.unwrap();
            let scores: Vec<Score> = response.into_result().unwrap().json().unwrap();
            assert_eq!(scores, [score(), score()]);
        }
    });
}

/// A record can be JSON. It has no headers.
fn a_record_of_json(t: &Test) {
    let key = "requests/a_record_of_json";
    t.send(fetch!(IDB_STORE key, json: score()), move |t, response| {
        assert!(response.is_success(), "{response:?}");
        t.send(fetch!(GET key, cache: OnlyIfCached), |_, response| {
            assert_eq!(response.json::<Score>().unwrap(), score());
        });
    });
}

/// The error names the URL, the status, and the place in the text.
fn json_that_is_not_expected(t: &Test) {
    let url = t.url("/echo");
    let bom = "\u{feff}{\"player\":\"me\",\n \"points\":null,\n \"levels\":[]}";
    t.send(fetch!(POST &url, body: bom), |_, response| {
        let read: Score = response.json().unwrap();
        assert_eq!(read, Score { player: "me".into(), points: None, levels: vec![] });
    });
    t.send(fetch!(POST &url, body: "{\"player\":\n true}"), move |_, response| {
        let error = response.json::<Score>().unwrap_err();
        assert_eq!((error.line(), error.column(), error.status()), (2, 5, 200));
        assert!(error.as_serde().is_data());
        assert_eq!(
            error.to_string(),
            format!(
                "{url}: HTTP status 200, but the body is not the expected JSON: \
                 invalid type: boolean `true`, expected a string at line 2 column 5"
            )
        );
    });
    t.send(Request::get(t.url("/status/404")), |_, response| {
        let error = response.into_result().unwrap_err().json::<Score>().unwrap_err();
        assert_eq!(error.status(), 404);
        assert!(error.as_serde().is_syntax(), "{error}");
    });
    t.send(Request::get(t.url("/empty")), |_, response| {
        assert!(response.json::<Score>().unwrap_err().as_serde().is_eof());
    });
}

/// A value that the form cannot have keeps the request from its start.
fn values_that_cannot_be_written(t: &Test) {
    let map = || std::collections::HashMap::from([((1, 2), 3)]);
    for (request, expected) in [
        (
            fetch!(POST t.url("/echo"), json: map()),
            "the value of `json` cannot be serialized: key must be a string",
        ),
        (
            fetch!(POST t.url("/form"), form: { "a": [1, 2] }),
            "the value of `form` cannot be serialized: unsupported value",
        ),
        (
            fetch!(GET t.url("/query"), query: "a=1"),
            "the value of `query` cannot be serialized: top-level serializer supports only maps \
             and structs",
        ),
    ] {
        let error = request.send_fn(|_| ()).map(drop).unwrap_err();
        assert!(matches!(error, StartError::NotSerializable { .. }));
        assert_eq!(error.to_string(), expected);
    }
}

const HOSTILE: &str = "a&b=c+d %41\r\n#\u{fc}?\u{1f600}/;\"'";

/// Parameters arrive as they are, after those of the URL.
fn queries(t: &Test) {
    let hostile = format!("{HOSTILE:?}: {HOSTILE:?}\n");
    for (request, expected) in [
        (fetch!(GET t.url("/query"), query: {}), String::new()),
        (fetch!(GET t.url("/query"), query: { HOSTILE: HOSTILE }), hostile.clone()),
        (
            Request::get(t.url("/query?x=1#f")).query([(HOSTILE, HOSTILE)]).query([("y", 2)]),
            format!("\"x\": \"1\"\n{hostile}\"y\": \"2\"\n"),
        ),
        (
            fetch!(GET t.url("/query"), query: { "n": None::<u8>, "t": true, "f": 1.5 }),
            "\"t\": \"true\"\n\"f\": \"1.5\"\n".into(),
        ),
    ] {
        t.send(request, move |_, response| assert_eq!(response.text(), expected));
    }
}

/// The fields of a form arrive as they are.
fn forms(t: &Test) {
    #[derive(Serialize)]
    struct Fields<'a> {
        user: &'a str,
        level: u8,
        nickname: Option<&'a str>,
    }
    let fields = Fields { user: HOSTILE, level: 7, nickname: None };
    let expected = format!("\"user\": {HOSTILE:?}\n\"level\": \"7\"\n");
    for request in [
        fetch!(POST t.url("/form"), form: &fields),
        fetch!(POST t.url("/form"), form: { "user": HOSTILE, "level": 7 }),
        Request::post(t.url("/form")).form([("user", HOSTILE), ("level", "7")]),
    ] {
        let expected = expected.clone();
        t.send(request, move |_, response| {
            assert_eq!((response.status(), &*response.text()), (200, expected.as_str()));
        });
    }
}

/// The parts of a form with files arrive as they are.
fn multipart(t: &Test) {
    let bytes = pattern(1000);
    let form = Multipart::new()
        .part("text", "a\r\n--fetch-runtime-\r\nb\n")
        .part("bytes", &bytes)
        .part("f\"\r\n", Part::file("n\"\u{fc}.txt", "").content_type("text/x-a"))
        .part("f\"\r\n", Part::file("2", b"\0\xff"));
    let request = Request::post(t.url("/multipart")).multipart(form);
    t.send(request, move |_, response| {
        let expected = format!(
            "\"text\" None None: a\\r\\n--fetch-runtime-\\r\\nb\\n\n\
             \"bytes\" None Some(\"application/octet-stream\"): {}\n\
             \"f%22%0D%0A\" Some(\"n%22\u{fc}.txt\") Some(\"text/x-a\"): \n\
             \"f%22%0D%0A\" Some(\"2\") Some(\"application/octet-stream\"): \\x00\\xff\n",
            bytes.escape_ascii()
        );
        assert_eq!((response.status(), &*response.text()), (200, expected.as_str()));
    });
    let request = fetch!(POST t.url("/multipart"), multipart: { "a": "b" });
    t.send(request, |_, response| assert_eq!(response.text(), "\"a\" None None: b\n"));
}

/// The last body counts, with its type. Records have none of these options, and GET has no body.
fn options_in_place_of_others(t: &Test) {
    let request = Request::post(t.url("/echo")).form([("a", 1)]).body("text");
    assert_eq!(request.view().header("Content-Type"), None);
    t.send(request, |_, response| assert_eq!(response.text(), "text"));
    let request = Request::post(t.url("/echo")).body("text").json(7);
    t.send(request, |_, response| {
        assert_eq!(response.header("Content-Type"), Some("application/json"));
        assert_eq!(response.text(), "7");
    });
    for (request, expected) in [
        (Request::idb_store("k").form([("a", 1)]), "takes no `form`"),
        (Request::idb_store("k").multipart(Multipart::new()), "takes no `multipart`"),
        (Request::idb_delete("k").query([("a", 1)]), "takes no `query`"),
        (Request::idb_delete("k").json(1), "takes no `body`"),
        (Request::get(t.url("/echo")).json(1), "a GET request has no body"),
        (Request::head(t.url("/echo")).multipart(Multipart::new()), "a HEAD request has no body"),
    ] {
        let error = request.send_fn(|_| ()).map(drop).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
