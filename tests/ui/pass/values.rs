//! Values of many types: borrowed bodies, numbers in headers, a controller as the signal.
#![deny(warnings)]

use std::borrow::Cow;
use std::rc::Rc;

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{AbortController, Outcome, Request, RequestBody, Response, StartError, fetch};

fn bodies(script: &Script) -> Result<(), StartError> {
    static STATIC: &[u8] = b"{}";
    const TEXT: &str = "{}";
    let json = String::from("{}");
    let bytes = json.clone().into_bytes();
    let array = *b"{}";
    let done = |response: Response| assert_eq!(response.outcome(), Outcome::Success);
    fetch!(POST "/", body: &json => done)?;
    fetch!(POST "/", body: json.as_str() => done)?;
    fetch!(POST "/", body: &json[..] => done)?;
    fetch!(POST "/", body: json.as_bytes() => done)?;
    fetch!(POST "/", body: &bytes => done)?;
    fetch!(POST "/", body: &bytes[..] => done)?;
    fetch!(POST "/", body: &array => done)?;
    fetch!(POST "/", body: Cow::Borrowed(&*json) => done)?;
    fetch!(POST "/", body: Cow::Borrowed(&*bytes) => done)?;
    fetch!(POST "/", body: json.clone() => done)?;
    fetch!(POST "/", body: json.clone().into_boxed_str() => done)?;
    fetch!(POST "/", body: "{}" => done)?;
    fetch!(POST "/", body: b"{}" => done)?;
    fetch!(POST "/", body: TEXT => done)?;
    fetch!(POST "/", body: RequestBody::from_static(STATIC) => done)?;
    drop((json, bytes));
    fetch_runtime::run();
    let sent = script.sent();
    assert_eq!(sent.len(), 15);
    assert!(sent.iter().all(|sent| sent.body == b"{}"), "{sent:?}");
    Ok(())
}

fn headers(script: &Script) -> Result<(), StartError> {
    let (level, name) = (7_u64, String::from("me"));
    let headers = [("X-A", 1.5), ("X-B", 2.0)];
    fetch!(GET "/",
        headers: {
            "X-Level": level, "X-Literal": 7, "X-Minus": -7, "X-Half": 0.5, "X-Alive": true,
            "X-Letter": 'a', "X-Name": &name, "X-Text": "text", "X-Owned": name.clone(),
            "X-Nested": &&level, "X-Cow": Cow::Borrowed("cow"),
            "X-Arguments": format_args!("{name}/{level}"),
        } => |_| ()
    )?;
    Request::get("/").headers(headers).header("X-C", level).send_fn(|_| ())?;
    fetch_runtime::run();
    let sent = script.sent();
    let values = |index: usize| {
        let headers = &sent[index].headers;
        headers.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(values(sent.len() - 2), "7 7 -7 0.5 true a me text me 7 cow me/7");
    assert_eq!(values(sent.len() - 1), "1.5 2 7");
    Ok(())
}

fn signals() {
    let controller = Rc::new(AbortController::new());
    let signal = controller.signal();
    controller.abort();
    let aborted = |started: Result<fetch_runtime::Fetch, StartError>| {
        assert_eq!(started.map(drop), Err(StartError::Aborted));
    };
    aborted(fetch!(GET "/", signal: &*controller => |_| ()));
    aborted(fetch!(GET "/", signal: &controller => |_| ()));
    aborted(fetch!(GET "/", signal: &controller.signal() => |_| ()));
    aborted(fetch!(GET "/", signal: &signal => |_| ()));
}

fn main() -> Result<(), StartError> {
    let script = Script::install();
    script.answer("POST", "/", Answer::new(200));
    script.answer("GET", "/", Answer::new(200));
    bodies(&script)?;
    headers(&script)?;
    signals();
    Ok(())
}
