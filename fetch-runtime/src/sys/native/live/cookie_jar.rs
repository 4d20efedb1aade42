//! The cookies of servers, as [RFC 6265] stores them and sends them back.
//!
//! A program has no site of its own that others embed, so `SameSite` says nothing here, and neither
//! does `HttpOnly`.
//!
//! [RFC 6265]: https://www.rfc-editor.org/rfc/rfc6265

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use url::Url;

use super::cookie_date;

/// The most bytes of a name and a value together, as in browsers.
const MAX_BYTES: usize = 4096;
/// The most cookies of a domain, and of all domains: the minimum that the RFC asks for (§6.1).
const MAX_OF_DOMAIN: usize = 50;
const MAX_OF_ALL: usize = 3000;

/// The cookies, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Jar(Vec<Cookie>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: Vec<u8>,
    value: Vec<u8>,
    domain: String,
    /// The cookie had no `Domain`: it goes to no subdomain.
    is_host_only: bool,
    path: String,
    is_secure: bool,
    /// `None` for the life of the process.
    expires: Option<SystemTime>,
}

impl Jar {
    /// Takes the value of a `Set-Cookie` header of a response from this URL.
    pub(super) fn store(&mut self, header: &[u8], url: &Url, now: SystemTime) {
        let Some(cookie) = Cookie::parse(header, url, now) else { return };
        let is_same = |other: &Cookie| {
            (&other.name, &other.domain, &other.path)
                == (&cookie.name, &cookie.domain, &cookie.path)
        };
        let is_secure = url.scheme() == "https";
        let place = self.0.iter().position(is_same);
        // What came over TLS is not replaced by what anybody on the way may have written.
        if place.is_some_and(|place| self.0[place].is_secure && !is_secure) {
            return;
        }
        match (place, cookie.is_expired(now)) {
            (Some(place), true) => drop(self.0.remove(place)),
            (Some(place), false) => self.0[place] = cookie,
            (None, true) => {}
            (None, false) => {
                self.make_room(&cookie.domain, now);
                self.0.push(cookie);
            }
        }
    }

    /// Removes what has expired, and the oldest cookies if there are too many.
    fn make_room(&mut self, domain: &str, now: SystemTime) {
        self.0.retain(|cookie| !cookie.is_expired(now));
        let of_domain = |cookie: &Cookie| cookie.domain == domain;
        if self.0.iter().filter(|cookie| of_domain(cookie)).count() >= MAX_OF_DOMAIN {
            self.0.iter().position(of_domain).map(|oldest| self.0.remove(oldest));
        }
        if self.0.len() >= MAX_OF_ALL {
            self.0.remove(0);
        }
    }

    /// The value of the `Cookie` header of a request to this URL. `None` without a cookie.
    pub(super) fn header(&self, url: &Url, now: SystemTime) -> Option<Vec<u8>> {
        let mut sent: Vec<_> =
            self.0.iter().filter(|cookie| cookie.goes_to(url) && !cookie.is_expired(now)).collect();
        // The sort is stable: of paths that are equally long, the older cookie comes first.
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<_> = sent.into_iter().map(Cookie::pair).collect();
        (!pairs.is_empty()).then(|| pairs.join(&b"; "[..]))
    }
}

impl Cookie {
    /// Reads the value of a `Set-Cookie` header (§5.2, §5.3). `None` for a cookie that this URL may
    /// not set.
    fn parse(header: &[u8], url: &Url, now: SystemTime) -> Option<Self> {
        let mut parts = header.split(|&byte| byte == b';');
        let (name, value) = pair(parts.next()?);
        let value = value?;
        if name.is_empty() || name.len() + value.len() > MAX_BYTES {
            return None;
        }
        let host = url.host_str()?.trim_matches(['[', ']']);
        let mut cookie = Self {
            name: name.to_vec(),
            value: value.to_vec(),
            domain: host.to_owned(),
            is_host_only: true,
            path: default_path(url).to_owned(),
            is_secure: false,
            expires: None,
        };
        let mut has_path = false;
        let mut max_age = None;
        for attribute in parts {
            let (name, value) = pair(attribute);
            let value = String::from_utf8_lossy(value.unwrap_or_default());
            match name.to_ascii_lowercase().as_slice() {
                b"expires" => cookie.expires = cookie_date::parse(&value).or(cookie.expires),
                b"max-age" => max_age = seconds(&value).or(max_age),
                b"domain" if !value.is_empty() => {
                    cookie.domain = value.trim_start_matches('.').to_ascii_lowercase();
                    cookie.is_host_only = false;
                }
                b"path" => {
                    has_path = value.starts_with('/');
                    cookie.path = if has_path { &value } else { default_path(url) }.to_owned();
                }
                b"secure" => cookie.is_secure = true,
                _ => {}
            }
        }
        // `Max-Age` counts more than `Expires`.
        if let Some(max_age) = max_age {
            cookie.expires = Some(now.checked_add(max_age)?);
        }
        let is_tls = url.scheme() == "https";
        let may_be_set = match name.to_ascii_lowercase() {
            name if name.starts_with(b"__host-") => {
                cookie.is_secure && cookie.is_host_only && has_path && cookie.path == "/"
            }
            name if name.starts_with(b"__secure-") => cookie.is_secure,
            _ => true,
        };
        (may_be_set && (is_tls || !cookie.is_secure) && cookie.takes_its_domain(host))
            .then_some(cookie)
    }

    /// Makes the cookie one of its host alone if that is its domain, and no other host is below it.
    /// False if a response of this host may not set it.
    fn takes_its_domain(&mut self, host: &str) -> bool {
        if self.domain == host && (host.parse::<IpAddr>().is_ok() || !host.contains('.')) {
            self.is_host_only = true;
        }
        // A domain of one label is one of many owners, as `com` is.
        self.is_host_only || (self.domain.contains('.') && is_below(host, &self.domain))
    }

    fn is_expired(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    fn goes_to(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_domain = match self.is_host_only {
            true => host == self.domain,
            false => is_below(host, &self.domain),
        };
        let is_path = url.path().strip_prefix(&self.path).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/')
        });
        is_domain && is_path && (!self.is_secure || url.scheme() == "https")
    }

    fn pair(&self) -> Vec<u8> {
        [&self.name[..], b"=", &self.value].concat()
    }
}

/// A name and its value, without spaces around them.
fn pair(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let (name, value) = match text.iter().position(|&byte| byte == b'=') {
        Some(place) => (&text[..place], Some(text[place + 1..].trim_ascii())),
        None => (text, None),
    };
    (name.trim_ascii(), value)
}

/// The seconds of a `Max-Age`. Zero and less is the past.
fn seconds(text: &str) -> Option<Duration> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A browser keeps no cookie for more than 400 days.
    const MAX: u64 = 400 * 24 * 3600;
    let seconds = if text.starts_with('-') { 0 } else { text.parse().unwrap_or(MAX) };
    Some(Duration::from_secs(seconds.min(MAX)))
}

/// The folder of the URL (§5.1.4).
fn default_path(url: &Url) -> &str {
    match url.path().rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

/// Whether the host is the domain, or a name below it.
fn is_below(host: &str, domain: &str) -> bool {
    let is_name = || host.parse::<IpAddr>().is_err();
    let rest = host.strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || (rest.ends_with('.') && is_name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    /// The `Cookie` header for `to`, after a response from `from` with these headers.
    fn sent(from: &str, headers: &[&str], to: &str) -> String {
        sent_after(Duration::ZERO, from, headers, to)
    }

    fn sent_after(time: Duration, from: &str, headers: &[&str], to: &str) -> String {
        let [from, to] = [from, to].map(|url| Url::parse(url).unwrap());
        let mut jar = Jar::default();
        for header in headers {
            jar.store(header.as_bytes(), &from, NOW);
        }
        String::from_utf8(jar.header(&to, NOW + time).unwrap_or_default()).unwrap()
    }

    const HOME: &str = "https://www.example.com/a/b";

    #[test]
    fn a_pair_is_a_name_and_a_value() {
        for (header, expected) in [
            ("a=b", "a=b"),
            (" a = b c ; x", "a=b c"),
            ("a=", "a="),
            ("a=b=c", "a=b=c"),
            ("a=\"b\"", "a=\"b\""),
            ("a", ""),
            ("=b", ""),
            ("", ""),
        ] {
            assert_eq!(sent(HOME, &[header], HOME), expected, "{header:?}");
        }
        let large = format!("a={}", "b".repeat(MAX_BYTES));
        assert_eq!(sent(HOME, &[&large], HOME), "");
    }

    #[test]
    fn a_domain_is_the_host_or_above_it() {
        for (domain, to, is_sent) in [
            ("", "https://www.example.com/a/", true),
            ("", "https://x.www.example.com/a/", false),
            ("; Domain=example.com", "https://example.com/a/", true),
            ("; Domain=.EXAMPLE.com", "https://x.example.com/a/", true),
            ("; Domain=example.com", "https://badexample.com/a/", false),
            ("; Domain=www.example.com", "https://x.www.example.com/a/", true),
            ("; Domain=", "https://www.example.com/a/", true),
            ("; Domain=other.com", "https://www.example.com/a/", false),
            ("; Domain=x.www.example.com", "https://x.www.example.com/a/", false),
            ("; Domain=com", "https://www.example.com/a/", false),
        ] {
            let expected = if is_sent { "a=b" } else { "" };
            assert_eq!(sent(HOME, &[&format!("a=b{domain}")], to), expected, "{domain:?} {to}");
        }
        for host in ["127.0.0.1", "[::1]", "localhost"] {
            let url = format!("http://{host}/");
            let domain = format!("a=b; Domain={}", host.trim_matches(['[', ']']));
            assert_eq!(sent(&url, &["c=d", &domain], &url), "c=d; a=b");
        }
        assert_eq!(sent("http://1.0.0.1/", &["a=b; Domain=0.0.1"], "http://1.0.0.1/"), "");
    }

    #[test]
    fn a_path_is_a_folder() {
        for (path, to, is_sent) in [
            ("", "/a", true),
            ("", "/a/c/d", true),
            ("", "/", false),
            ("; Path=/", "/", true),
            ("; Path=relative", "/a", true),
            ("; Path=/c", "/c", true),
            ("; Path=/c", "/c/d", true),
            ("; Path=/c/", "/c/d", true),
            ("; Path=/c/", "/c", false),
            ("; Path=/c", "/cd", false),
        ] {
            let to = format!("https://www.example.com{to}");
            let expected = if is_sent { "a=b" } else { "" };
            assert_eq!(sent(HOME, &[&format!("a=b{path}")], &to), expected, "{path:?} {to}");
        }
        let headers = ["a=1; Path=/", "b=2; Path=/a/b", "c=3; Path=/a", "d=4; Path=/"];
        assert_eq!(sent(HOME, &headers, HOME), "b=2; c=3; a=1; d=4");
    }

    #[test]
    fn a_secure_cookie_needs_tls() {
        let plain = "http://www.example.com/a/";
        assert_eq!(sent(HOME, &["a=b; Secure"], HOME), "a=b");
        assert_eq!(sent(HOME, &["a=b; Secure"], plain), "");
        assert_eq!(sent(plain, &["a=b; Secure"], HOME), "");
        assert_eq!(sent(HOME, &["__Secure-a=b", "__Host-a=b; Secure"], HOME), "");
        let good = ["__Secure-a=b; Secure", "__Host-c=d; Secure; Path=/"];
        assert_eq!(sent(HOME, &good, HOME), "__Secure-a=b; __Host-c=d");
        let [plain, home] = [plain, HOME].map(|url| Url::parse(url).unwrap());
        let mut jar = Jar::default();
        jar.store(b"a=true; Secure", &home, NOW);
        jar.store(b"a=forged", &plain, NOW);
        assert_eq!(jar.header(&home, NOW).unwrap(), b"a=true");
    }

    #[test]
    fn a_cookie_expires() {
        fn in_seconds(seconds: u64, header: &str) -> bool {
            !sent_after(Duration::from_secs(seconds), HOME, &[header], HOME).is_empty()
        }
        assert!(in_seconds(1_000_000_000, "a=b"));
        assert!(in_seconds(9, "a=b; Max-Age=10") && !in_seconds(10, "a=b; Max-Age=10"));
        for past in ["Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"] {
            assert_eq!(sent(HOME, &["a=b", &format!("a=c; {past}")], HOME), "", "{past}");
        }
        assert!(in_seconds(60, "a=b; Max-Age=100; Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
        let minute = "a=b; Expires=Thu, 01 Jan 1970 00:01:00 GMT";
        assert!(in_seconds(59, minute) && !in_seconds(60, minute));
        for wrong in ["Max-Age=", "Max-Age=1x", "Max-Age=-", "Expires=tomorrow"] {
            assert!(in_seconds(1_000_000_000, &format!("a=b; {wrong}")), "{wrong}");
        }
        assert!(!in_seconds(401 * 24 * 3600, "a=b; Max-Age=99999999999999999999"));
    }

    #[test]
    fn a_cookie_is_replaced_in_its_place() {
        assert_eq!(sent(HOME, &["a=1", "b=2", "a=3"], HOME), "a=3; b=2");
        assert_eq!(sent(HOME, &["a=1", "a=2; Path=/"], HOME), "a=1; a=2");
    }

    #[test]
    fn the_oldest_makes_room() {
        let headers: Vec<_> = (0..=MAX_OF_DOMAIN).map(|n| format!("n{n}=")).collect();
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        let all = sent(HOME, &headers, HOME);
        assert!(all.starts_with("n1=; ") && all.ends_with(&format!("n{MAX_OF_DOMAIN}=")), "{all}");
        let mut jar = Jar::default();
        for n in 0..=MAX_OF_ALL {
            jar.store(b"a=b", &Url::parse(&format!("http://h{n}.example/")).unwrap(), NOW);
        }
        assert_eq!((jar.0.len(), &*jar.0[0].domain), (MAX_OF_ALL, "h1.example"));
    }
}
