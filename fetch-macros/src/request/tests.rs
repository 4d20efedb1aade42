//! What `fetch!` writes.

mod errors;
mod template;

use proc_macro2::TokenStream;

use super::{parse, request, validate};
use crate::testing::{prefixes, pretty_expression, tokens};

fn errors(input: &str) -> Vec<(String, String)> {
    match validate::validate(parse::parse(tokens(input))) {
        Ok(_) => Vec::new(),
        Err(rejected) => rejected.errors.listed(),
    }
}

/// However the two are laid out.
#[track_caller]
fn golden(input: &str, expected: &str) {
    let expansion = pretty_expression(request(tokens(input)));
    assert_eq!(expansion, pretty_expression(tokens(expected)), "{expansion}");
}

/// A literal that is checked at compile time.
fn checked(rule: &str, literal: &str) -> String {
    format!(
        r#"{{ const TEXT: ::fetch_runtime::RequestString = ::fetch_runtime::__private::{rule}("{literal}\0"); TEXT }}"#
    )
}

/// A request that is sent to a name: a function's, with a marker or without, or a variable's.
fn sent_to(name: &str, request: &str, context: &str) -> String {
    let named = format!(
        "::fetch_runtime::__private::named({{
            use ::fetch_runtime::__private::Untyped as Type;
            {{
                use ::fetch_runtime::__private::something as {name};
                use {name} as Type;
                ::core::marker::PhantomData::<Type>
            }}
        }}, {name})"
    );
    matched("::fetch_runtime", &named, request, context)
}

/// To a path in a module.
fn sent_to_item(path: &str, request: &str, context: &str) -> String {
    let named = format!(
        "{{
            use ::fetch_runtime::__private::Untyped as Item;
            {{
                use {path} as Item;
                ::fetch_runtime::__private::named(::core::marker::PhantomData::<Item>, Item)
            }}
        }}"
    );
    matched("::fetch_runtime", &named, request, context)
}

/// To a path that is no type's.
fn sent_to_value(path: &str, request: &str) -> String {
    let named = format!(
        "::fetch_runtime::__private::named(::core::marker::PhantomData::<::fetch_runtime::__private::Untyped>, {path})"
    );
    matched("::fetch_runtime", &named, request, "")
}

fn matched(krate: &str, named: &str, request: &str, context: &str) -> String {
    let (send, context) = match context {
        "" => ("send", String::new()),
        context => ("send_with", format!(", {context}")),
    };
    format!(
        "match {named} {{
            named => {{
                use {krate}::__private::{{OfType as _, TakesResponse as _, TakesResult as _}};
                (&&&&named).kind().{send}({request}, named {context})
            }}
        }}"
    )
}

#[test]
fn a_literal_is_checked_in_a_constant() {
    let expected = r#"
        ::fetch_runtime::Request::get({
            const TEXT: ::fetch_runtime::RequestString = ::fetch_runtime::__private::url("/data.bin\0");
            TEXT
        })
    "#;
    golden(r#"GET "/data.bin" => loaded"#, &sent_to("loaded", expected, ""));
}

#[test]
fn options_become_calls_in_the_order_they_have() {
    let (accept, en) = (checked("header_name", "Accept"), checked("header_value", "en"));
    golden(
        r#"POST url(), headers: { "Accept": value, NAME: "en", }, body: json?, timeout: T, => a::saved,"#,
        &sent_to_item(
            "a::saved",
            &format!(
                "::fetch_runtime::Request::post(url()).header({accept}, value).header(NAME, {en}).body(json?).timeout(T)"
            ),
            "",
        ),
    );
    let (url, key, user, media) = (
        checked("url", "/w"),
        checked("key", "w/1"),
        checked("text", "me"),
        checked("mime_type", "text/plain"),
    );
    golden(
        r#"GET "/w", mime_type: "text/plain", context: world, auth: ("me", secret), on_progress: |p| show(p, 1),
            credentials: Include, cache_key: "w/1", cache: ForceCache => spawned"#,
        &sent_to(
            "spawned",
            &format!(
                "::fetch_runtime::Request::get({url}).mime_type({media}).auth({user}, secret).on_progress(|p| show(p, 1))
                .credentials(::fetch_runtime::Credentials::Include).cache_key({key})
                .cache(::fetch_runtime::CacheMode::ForceCache)"
            ),
            "world",
        ),
    );
}

#[test]
fn values_may_be_any_expression() {
    golden(
        "GET u, auth: pair, headers: map, cache: mode(), credentials: self.credentials",
        "::fetch_runtime::__private::auth(::fetch_runtime::Request::get(u), pair).headers(map).cache(mode())
            .credentials(self.credentials)",
    );
    golden(
        "GET a::<B, C>(), headers: { block }.into_iter(), cache: Mode::Reload",
        "::fetch_runtime::Request::get(a::<B, C>()).headers({ block }.into_iter()).cache(Mode::Reload)",
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
            "{post}.body(::fetch_runtime::RequestBody::from_static(::core::primitive::str::as_bytes(\"text\")))"
        ),
    );
    golden(
        r#"POST u, body: b"bytes""#,
        &format!("{post}.body(::fetch_runtime::RequestBody::from_static(b\"bytes\"))"),
    );
    golden(r#"POST u, body: &json"#, &format!("{post}.body(&json)"));
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
            const TEXT: engine::fetch::RequestString = engine::fetch::__private::url("/x\0");
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

#[test]
fn a_mistake_leaves_an_expression_of_the_same_type() {
    golden(
        "GET u, timout: t, what: 5, context: 1 => |r| {}",
        r#"{
            ::core::compile_error! { "unknown option `timout`: did you mean `timeout`?" }
            ::core::compile_error! { "unknown option `what`: there are headers, body, timeout, cache, cache_key, credentials, auth, mime_type, on_progress, on_chunk, signal and context" }
            ::core::compile_error! { "a closure captures its context: leave out `context`, and write `move |response| …`" }
            let _ = 5;
            let _ = 1;
            ::fetch_runtime::Request::get(u).timeout(t).send_fn(|r| {})
        }"#,
    );
    golden(
        "GTE u =>",
        r#"{
            ::core::compile_error! { "unknown verb `GTE`: did you mean `GET`?" }
            ::core::compile_error! { "a handler comes after `=>`: a function with `#[fetch_handler]`, or a closure" }
            let _ = ::fetch_runtime::Request::get(u);
            {
                fn unfinished() -> ::core::result::Result<::fetch_runtime::Fetch, ::fetch_runtime::StartError> { loop {} }
                unfinished()
            }
        }"#,
    );
    golden(
        "GET u, timeout: t, H",
        r#"{
            ::core::compile_error! { "this is no option, `name: value`; a handler comes after `=>`" }
            ::fetch_runtime::Request::get(u).timeout(t).send::<(H)>()
        }"#,
    );
    golden(
        "GET u, timeou",
        r#"{
            ::core::compile_error! { "this is no option, `name: value`; a handler comes after `=>`" }
            ::fetch_runtime::Request::get(u)
        }"#,
    );
    golden(
        "PUT, body: b, context: => H",
        r#"{
            ::core::compile_error! { "`PUT` needs a URL: `PUT url`" }
            ::core::compile_error! { "`context` needs a value: `context: …`" }
            let _ = ::core::marker::PhantomData::<(H)>;
            let _ = {
                fn unfinished() -> ::fetch_runtime::Request { loop {} }
                unfinished()
            }.body(b);
            {
                fn unfinished() -> ::core::result::Result<::fetch_runtime::Fetch, ::fetch_runtime::StartError> { loop {} }
                unfinished()
            }
        }"#,
    );
}

pub(crate) const VALID: [&str; 8] = [
    r##"GET "/a/{id}/{{b}}?q={query}#{r#type}", timeout: t, cache_key: "level/{n}", auth: ("{", "}") => h"##,
    r#"IDB_STORE "save/{slot}", body: b => |r| {}"#,
    r#"GET "/a", headers: { "A": "b", name: value() }, timeout: Duration::from_secs(5) => loaded"#,
    r#"crate = a::b; POST url?, body: [1, 2], headers: map, auth: ("a", b), context: (x, y), => a::saved,"#,
    r#"GET u, cache: ForceCache, cache_key: "k", on_progress: |p: Progress, | {}, mime_type: "a/b" => |r| match r { _ => () }"#,
    r#"HEAD format!("/{x}"), credentials: Include, auth: pair"#,
    r#"IDB_STORE "k", body: b => (closure)"#,
    "IDB_DELETE k, context: c => h::<T>",
];

/// Whatever comes in, out comes one expression, and it has errors exactly if something was wrong;
/// says whether it was.
#[track_caller]
pub(crate) fn survives(input: TokenStream) -> bool {
    let refused = validate::validate(parse::parse(input.clone())).is_err();
    let expansion = request(input.clone());
    assert_eq!(expansion.to_string().contains("compile_error !"), refused, "{input}");
    assert!(syn::parse2::<syn::Expr>(expansion.clone()).is_ok(), "{input} => {expansion}");
    refused
}

#[test]
fn no_prefix_is_too_much() {
    for input in VALID {
        assert_eq!(errors(input), [], "{input}");
        for prefix in prefixes(tokens(input)) {
            survives(prefix);
        }
    }
}
