//! The text that the cache stores with the body of a response.

use std::fmt;

/// The first line of a text of this form.
const VERSION: &str = "1";

/// The parts of the text. Times are in seconds since 1970, by this device's clock. No part has a
/// line feed, but for the two that are lines.
pub(crate) struct EntryText<'a> {
    /// When the request was sent.
    pub(crate) sent: u64,
    /// When the response was received.
    pub(crate) received: u64,
    pub(crate) status_text: &'a str,
    /// The URL after all redirects; empty if it is not known.
    pub(crate) final_url: &'a str,
    /// Whether that is another URL than the requested one.
    pub(crate) is_redirected: bool,
    /// The headers of the request that select the response (`Vary`): a line for each.
    pub(crate) selecting: &'a str,
    /// The headers of the response: a line for each.
    pub(crate) headers: &'a str,
}

impl<'a> EntryText<'a> {
    /// `None` if the text does not have this form.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(8, '\n');
        let mut next = || parts.next();
        if next()? != VERSION {
            return None;
        }
        let (sent, received) = (next()?.parse().ok()?, next()?.parse().ok()?);
        let (status_text, final_url) = (next()?, next()?);
        let is_redirected = next()? != "0";
        let (count, rest): (usize, _) = (next()?.parse().ok()?, next()?);
        let length: usize = rest.split_inclusive('\n').take(count).map(str::len).sum();
        let (selecting, headers) = rest.split_at(length);
        Some(Self { sent, received, status_text, final_url, is_redirected, selecting, headers })
    }
}

impl fmt::Display for EntryText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, received, status_text, final_url, is_redirected, selecting, headers } =
            self;
        let (count, is_redirected) = (selecting.lines().count(), u8::from(*is_redirected));
        write!(f, "{VERSION}\n{sent}\n{received}\n{status_text}\n{final_url}\n")?;
        write!(f, "{is_redirected}\n{count}\n")?;
        f.write_str(selecting)?;
        f.write_str(headers)
    }
}
