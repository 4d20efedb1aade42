//! Responses from this machine: `file:` and `data:` URLs.

use std::io::ErrorKind;
use std::path::PathBuf;

use data_url::DataUrl;
use hyper::Method;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use url::Url;

use super::download::Download;
use super::reporter::Reporter;
use crate::sys::native::machine::event::{Cause, Event, Head};
use crate::sys::native::machine::exchange::BodyMode;

/// How many bytes are read at a time.
const CHUNK: usize = 256 * 1024;

/// Responds as a web server that has the file. An error is a network error.
pub(super) async fn file(
    method: &Method,
    url: Url,
    path: PathBuf,
    body_mode: BodyMode,
    reporter: &Reporter,
) -> Result<Event, Cause> {
    let answer = |status, text: &str, length| Head {
        status,
        status_text: text.to_owned(),
        headers: format!("content-length: {length}\r\n"),
        url: without_fragment(url),
        content_length: length,
    };
    if *method != Method::GET && *method != Method::HEAD {
        return Ok(Download::new(
            reporter,
            answer(405, "Method Not Allowed", 0),
            BodyMode::Discard,
        )
        .finish());
    }
    // Before it is opened, as opening a pipe would wait for a writer.
    let length = match tokio::fs::metadata(&path).await {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Err(error.into()),
        _ => {
            return Ok(
                Download::new(reporter, answer(404, "Not Found", 0), BodyMode::Discard).finish()
            );
        }
    };
    let mut file = File::open(&path).await?;
    let mut download = Download::new(reporter, answer(200, "OK", length), body_mode);
    if *method == Method::GET {
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk).await? {
                0 => break,
                read => download.chunk(&chunk[..read]).await,
            }
        }
    }
    Ok(download.finish())
}

/// Responds with the data. A malformed URL is an error, which is a network error.
pub(super) async fn data(
    url: &Url,
    body_mode: BodyMode,
    reporter: &Reporter,
) -> Result<Event, Cause> {
    let data = DataUrl::process(url.as_str())
        .map_err(|_| Cause::new("a data: URL has a comma before its data"))?;
    let decoded = data.decode_to_vec();
    let (bytes, _fragment) =
        decoded.map_err(|_| Cause::new("the data of a data: URL are not base64"))?;
    let head = Head {
        status: 200,
        status_text: "OK".to_owned(),
        headers: format!("content-type: {}\r\n", data.mime_type()),
        url: without_fragment(url.clone()),
        content_length: bytes.len() as u64,
    };
    let mut download = Download::new(reporter, head, body_mode);
    for bytes in bytes.chunks(CHUNK) {
        download.chunk(bytes).await;
    }
    Ok(download.finish())
}

fn without_fragment(mut url: Url) -> String {
    url.set_fragment(None);
    url.into()
}
