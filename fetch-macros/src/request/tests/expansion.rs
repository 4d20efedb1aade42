//! The expansions of `fetch!`.

use super::support::{
    VALID, checked, errors, golden, matched, sent_to, sent_to_item, sent_to_value, survives,
};
use crate::testing::{prefixes, tokens};

#[test]
fn a_literal_is_checked_in_a_constant() {
    let expected = r#"
        ::fetch_runtime::Request::get({
            const TEXT: ::fetch_runtime::RequestString =
                ::fetch_runtime::__private::url("/data.bin\0");
            TEXT
        })
    "#;
    golden(r#"GET "/data.bin" => loaded"#, &sent_to("loaded", expected, ""));
}

#[test]
fn options_become_calls_in_the_order_they_have() {
    let (accept, en) = (checked("header_name", "Accept"), checked("header_value", "en"));
    golden(
        r#"POST url(), headers: { "Accept": value, NAME: "en", }, body: json?, timeout: T,
            => a::saved,"#,
        &sent_to_item(
            "a::saved",
            &format!(
                "::fetch_runtime::Request::post(url())
                    .header({accept}, value).header(NAME, {en}).body(json?).timeout(T)"
            ),
            "",
        ),
    );
    let (url, key, user, mime_type, integrity) = (
        checked("url", "/w"),
        checked("key", "w/1"),
        checked("text", "me"),
        checked("mime_type", "text/plain"),
        checked("integrity", "sha384-{}"),
    );
    golden(
        r#"GET "/w", mime_type: "text/plain", context: world, auth: ("me", secret),
            on_progress: |p| show(p, 1), credentials: Include, cache_key: "w/1", cache: ForceCache,
            integrity: "sha384-{}" => spawned"#,
        &sent_to(
            "spawned",
            &format!(
                "::fetch_runtime::Request::get({url})
                .mime_type({mime_type}).auth({user}, secret).on_progress(|p| show(p, 1))
                .credentials(::fetch_runtime::Credentials::Include).cache_key({key})
                .cache(::fetch_runtime::CacheMode::ForceCache).integrity({integrity})"
            ),
            "world",
        ),
    );
}

#[test]
fn values_may_be_any_expression() {
    golden(
        "GET u, auth: pair, headers: map, cache: mode(), credentials: self.credentials",
        "::fetch_runtime::__private::auth(::fetch_runtime::Request::get(u), pair)
            .headers(map).cache(mode()).credentials(self.credentials)",
    );
    golden(
        "GET a::<B, C>(), headers: { block }.into_iter(), cache: Mode::Reload",
        "::fetch_runtime::Request::get(a::<B, C>())
            .headers({ block }.into_iter()).cache(Mode::Reload)",
    );
    golden(
        "POST u, headers: {}, body: if a == b { c } else { d }",
        "::fetch_runtime::Request::post(u).body(if a == b { c } else { d })",
    );
    golden("GET b\"bytes\"", "::fetch_runtime::Request::get(b\"bytes\")");
}

#[test]
fn a_literal_body_is_not_copied() {
    let post = "::fetch_runtime::Request::post(u)";
    golden(
        r#"POST u, body: "text""#,
        &format!(
            "{post}.body(::fetch_runtime::RequestBody::from_static(
                ::core::primitive::str::as_bytes(\"text\")
            ))"
        ),
    );
    golden(
        r#"POST u, body: b"bytes""#,
        &format!("{post}.body(::fetch_runtime::RequestBody::from_static(b\"bytes\"))"),
    );
    golden(r#"POST u, body: &json"#, &format!("{post}.body(&json)"));
}

#[test]
fn bodies_and_queries_are_made_from_values() {
    let post = "::fetch_runtime::Request::post(u)";
    golden("POST u, json: &score", &format!("{post}.json(&score)"));
    golden("POST u, form: fields, query: q", &format!("{post}.form(fields).query(q)"));
    golden(
        r#"POST u, query: { "a": 1, NAME: text, }, form: { "b": c? }"#,
        &format!(r#"{post}.query((("a", 1), (NAME, text),)).form((("b", c?),))"#),
    );
    golden("POST u, form: {}, query: {}", &format!("{post}.form(()).query(())"));
    golden("POST u, multipart: form", &format!("{post}.multipart(form)"));
    golden(
        r#"POST u, multipart: { "a": text, "b": Part::file(c, d) }"#,
        &format!(
            r#"{post}.multipart(
                ::fetch_runtime::Multipart::new().part("a", text).part("b", Part::file(c, d))
            )"#
        ),
    );
}

#[test]
fn a_header_has_any_value_that_can_be_displayed() {
    let name = checked("header_name", "A");
    let get = "::fetch_runtime::Request::get(u)";
    golden(r#"GET u, headers: { "A": 7 }"#, &format!("{get}.header({name}, 7)"));
    golden(r#"GET u, headers: { "A": true }"#, &format!("{get}.header({name}, true)"));
}

#[test]
fn a_handler_is_a_path_and_all_else_a_closure() {
    let get = "::fetch_runtime::Request::get(u)";
    for ty in ["Log", "a::Log", "Log::<C>", "_Log", "T::Handler", "<T as Load>::Handler", "Self"] {
        golden(&format!("GET u => {ty}"), &format!("{get}.send::<({ty})>()"));
        golden(&format!("GET u, context: c => {ty}"), &format!("{get}.send_with::<({ty})>(c)"));
    }
    for name in ["loaded", "r#type", "_loaded"] {
        golden(&format!("GET u => {name}"), &sent_to(name, get, ""));
        golden(&format!("GET u, context: c => {name}"), &sent_to(name, get, "c"));
    }
    for path in ["a::loaded", "self::loaded", "crate::a::loaded", "::a::loaded"] {
        golden(&format!("GET u => {path}"), &sent_to_item(path, get, ""));
    }
    for path in [
        "Game::loaded",
        "a::Game::loaded",
        "Self::loaded",
        "<T as Load>::loaded",
        "a::b::<C>",
        "loaded::<C>",
        "self",
    ] {
        golden(&format!("GET u => {path}"), &sent_to_value(path, get));
    }
    golden("GET u => move |r| { r; }", &format!("{get}.send_fn(move |r| {{ r; }})"));
    golden("GET u => (closure)", &format!("{get}.send_fn(closure)"));
    golden("GET u => make(1)", &format!("{get}.send_fn(make(1))"));
    golden("GET u", get);
}

#[test]
fn each_verb_has_its_function() {
    for verb in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "IDB_DELETE"] {
        golden(
            &format!("{verb} u"),
            &format!("::fetch_runtime::Request::{}(u)", verb.to_lowercase()),
        );
    }
    let key = checked("key", "save/1");
    golden(
        r#"IDB_STORE "save/1", body: b"#,
        &format!("::fetch_runtime::Request::idb_store({key}).body(b)"),
    );
}

#[test]
fn the_crate_may_be_elsewhere() {
    golden(
        r#"crate = engine::fetch; GET "/x", cache: Reload"#,
        r#"engine::fetch::Request::get({
            const TEXT: engine::fetch::RequestString =
                engine::fetch::__private::url("/x\0");
            TEXT
        }).cache(engine::fetch::CacheMode::Reload)"#,
    );
    golden(
        "crate = a; GET u => b::c",
        &matched(
            "a",
            "{
                use a::__private::Untyped as Item;
                {
                    use b::c as Item;
                    a::__private::named(::core::marker::PhantomData::<Item>, Item)
                }
            }",
            "a::Request::get(u)",
            "",
        ),
    );
    golden("crate = ::a; GET u, auth: b", "::a::__private::auth(::a::Request::get(u), b)");
}

/// The expansion of an error.
fn compile_error(message: &str) -> String {
    format!("::core::compile_error! {{ {message:?} }}")
}

const UNFINISHED_RESULT: &str = "{
    fn unfinished()
    -> ::core::result::Result<::fetch_runtime::Fetch, ::fetch_runtime::StartError> {
        loop {}
    }
    unfinished()
}";

#[test]
fn a_mistake_leaves_an_expression_of_the_same_type() {
    let misspelt = compile_error("unknown option `timout`: did you mean `timeout`?");
    let unknown = compile_error(
        "unknown option `what`: use headers, query, body, json, form, multipart, timeout, \
         idle_timeout, cache, cache_key, credentials, auth, mime_type, integrity, resume, \
         on_progress, on_upload, on_chunk, signal or context",
    );
    let context = compile_error(
        "a closure captures its context: remove `context`, and write `move |response| …`",
    );
    golden(
        "GET u, timout: t, what: 5, context: 1 => |r| {}",
        &format!(
            "{{
                {misspelt} {unknown} {context}
                let _ = 5;
                let _ = 1;
                ::fetch_runtime::Request::get(u).timeout(t).send_fn(|r| {{}})
            }}"
        ),
    );
    let verb = compile_error("unknown verb `GTE`: did you mean `GET`?");
    let handler = compile_error("missing handler after `=>`: write a function's path or a closure");
    golden(
        "GTE u =>",
        &format!(
            "{{
                {verb} {handler}
                let _ = ::fetch_runtime::Request::get(u);
                {UNFINISHED_RESULT}
            }}"
        ),
    );
    let url = compile_error("`PUT` needs a URL: `PUT url`");
    let context = compile_error("`context` needs a value: `context: value`");
    golden(
        "PUT, body: b, context: => H",
        &format!(
            "{{
                {url} {context}
                let _ = ::core::marker::PhantomData::<(H)>;
                let _ = {{
                    fn unfinished() -> ::fetch_runtime::Request {{ loop {{}} }}
                    unfinished()
                }}.body(b);
                {UNFINISHED_RESULT}
            }}"
        ),
    );
}

#[test]
fn a_path_in_place_of_an_option_may_be_the_handler() {
    let neither =
        compile_error("expected an option, `name: value`, or a handler after `=>`: `=> handler`");
    let request = "::fetch_runtime::Request::get(u)";
    golden("GET u, timeout: t, H", &format!("{{ {neither} {request}.timeout(t).send::<(H)>() }}"));
    golden("GET u, timeou", &format!("{{ {neither} {request} }}"));
}

#[test]
fn every_prefix_has_an_expansion() {
    for input in VALID {
        assert_eq!(errors(input), [], "{input}");
        for prefix in prefixes(tokens(input)) {
            survives(prefix);
        }
    }
}
