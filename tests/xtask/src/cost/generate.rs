//! Packages that use the macros, or have the macros' output in place of them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use proc_macro2::TokenStream;

use crate::{handler, request};

pub(crate) const PAIRS: usize = 1_000;

/// A handler and a request of it, in turn: the simplest, all options, a template, a closure.
fn pair(number: usize) -> (String, String) {
    let name = format!("handler_{number}");
    let plain = format!("fn {name}(response: Response) {{ drop(response); }}");
    match number % 4 {
        0 => (plain, format!(r#"GET "/data/{number}.bin" => {name}"#)),
        1 => (
            format!(
                "/// Docs.
                pub(crate) fn {name}(
                    result: Result<Response, Error>,
                    count: u32,
                ) -> Result<(), Error> {{
                    drop((result?, count));
                    Ok(())
                }}"
            ),
            format!(
                r#"POST "/save/{number}",
                    headers: {{ "Content-Type": "text/plain", "X-Id": id.to_string() }},
                    body: "{number}", timeout: Duration::from_secs(5), on_progress: show,
                    context: id => {name}"#
            ),
        ),
        2 => (
            plain,
            format!(
                r#"GET "/users/{{id}}?q={number}", cache: ForceCache,
                    cache_key: "{number}/{{id}}" => {name}"#
            ),
        ),
        _ => (
            plain,
            format!(
                r#"DELETE "/data/{number}", credentials: Include =>
                    move |response| drop((response, id))"#
            ),
        ),
    }
}

/// The source of a package, with macros or with their output.
pub(crate) fn source(expanded: bool) -> Result<String> {
    let mut source = "#![allow(unused, non_camel_case_types, non_upper_case_globals)]
        use fetch_runtime::{Error, Fetch, Progress, Response, StartError, fetch, fetch_handler};
        use std::time::Duration;
        fn show(_: Progress) {}
        "
    .to_owned();
    for number in 0..PAIRS {
        let (handler, request) = pair(number);
        let (handler, request) = if expanded {
            (
                handler::handler(TokenStream::new(), tokens(&handler)?).to_string(),
                request::request(tokens(&request)?).to_string(),
            )
        } else {
            (format!("#[fetch_handler] {handler}"), format!("fetch!({request})"))
        };
        let start =
            format!("pub fn start_{number}(id: u32) -> Result<Fetch, StartError> {{ {request} }}");
        source += &format!("{handler}\n{start}\n");
    }
    // Both in the same layout, so that the lexer has the same work.
    Ok(prettyplease::unparse(&syn::parse_file(&source).context("the source does not parse")?))
}

fn tokens(source: &str) -> Result<TokenStream> {
    source.parse().map_err(|error| anyhow!("{source}: {error}"))
}

/// Writes a package with these dependencies.
pub(crate) fn generate(folder: &Path, source: &str, dependencies: &str) -> Result<PathBuf> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), source)?;
    let name = folder.file_name().and_then(|name| name.to_str()).context("a folder has a name")?;
    let manifest = format!(
        "[package]\nname = \"cost-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependencies}\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    Ok(folder.to_owned())
}

/// Makes cargo build the package again: cargo compares the times of files.
pub(crate) fn touch(package: &Path) -> Result<()> {
    let lib = package.join("src/lib.rs");
    fs::write(&lib, fs::read(&lib)?)?;
    Ok(())
}
