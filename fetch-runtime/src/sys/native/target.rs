//! Targets of URLs: a server, a file, data, or nothing that can be reached.

use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;
use url::Url;

/// The base of relative URLs.
#[derive(Clone)]
pub(super) enum Base {
    Site(Url),
    Folder(PathBuf),
}

#[derive(Debug, PartialEq)]
pub(super) enum Target {
    Http(Url),
    File(Url, PathBuf),
    Data(Url),
    /// The URL is valid, and a network error for this reason.
    Unreachable(&'static str),
}

/// Whether [`resolve`] would resolve it.
///
/// # Errors
/// As [`resolve`].
pub(super) fn check(text: &str, base: Option<&Base>) -> Result<(), &'static str> {
    // A URL that the request's own check has accepted can be parsed, if it is absolute and its host
    // is not punycode.
    let is_plain = text.is_ascii() && (text.starts_with("http://") || text.starts_with("https://"));
    if is_plain && !text.to_ascii_lowercase().contains("xn--") {
        Ok(())
    } else {
        resolve(text, base).map(drop)
    }
}

/// The absolute URL, without its fragment, of a text that [`check`] has accepted. If the URL cannot
/// be reached, the text without its fragment.
pub(super) fn absolute(text: &str, base: Option<&Base>) -> Option<String> {
    let mut url = match resolve(text, base).ok()? {
        Target::Http(url) | Target::File(url, _) | Target::Data(url) => url,
        // Nothing from it is ever stored.
        Target::Unreachable(_) => {
            return Some(text.split('#').next().unwrap_or_default().to_owned());
        }
    };
    url.set_fragment(None);
    Some(url.into())
}

/// Whether it leads to a server that speaks TLS.
pub(super) fn is_https(text: &str, base: Option<&Base>) -> bool {
    matches!(resolve(text, base), Ok(Target::Http(url)) if url.scheme() == "https")
}

const OUTSIDE: &str = "it leads out of the folder that is the base URL";

/// Whether a URL's host is this machine itself, for which browsers use no proxy.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match address.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback()
                || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
        Err(_) => {
            let name = host.strip_suffix('.').unwrap_or(host);
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

pub(super) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Resolves `text` as `XMLHttpRequest.open` does.
///
/// # Errors
/// If `open` would throw.
pub(super) fn resolve(text: &str, base: Option<&Base>) -> Result<Target, &'static str> {
    const UNPARSED: &str = "it cannot be parsed";
    // A folder is treated as a site, so that the rules for drive letters in `file:` URLs do not
    // apply.
    let site = || Url::parse("http://folder/").expect("a URL");
    let (url, folder) = match base {
        Some(Base::Site(site)) => (site.join(text).map_err(|_| UNPARSED)?, None),
        Some(Base::Folder(folder)) => match Url::parse(text) {
            Ok(url) => (url, Some(folder)),
            Err(_) => {
                let site = site();
                let url = site.join(text).map_err(|_| UNPARSED)?;
                return Ok(if url.origin() == site.origin() {
                    in_folder(folder, &url)
                } else {
                    Target::Unreachable(OUTSIDE)
                });
            }
        },
        None => match Url::parse(text) {
            Ok(url) => (url, None),
            Err(_) if site().join(text).is_ok() => {
                return Err("it is relative, which needs set_base_url");
            }
            Err(_) => return Err(UNPARSED),
        },
    };
    Ok(match url.scheme() {
        "http" | "https" if has_credentials(&url) => Target::Unreachable(
            "browsers block a user name or password in a URL: give them to the request",
        ),
        "http" | "https" => Target::Http(url),
        "data" => Target::Data(url),
        "file" => match (url.to_file_path(), folder) {
            (Ok(path), Some(folder)) if is_inside(&path, folder) => Target::File(url, path),
            _ => Target::Unreachable(OUTSIDE),
        },
        _ => Target::Unreachable(
            "only http:, https:, data: and, in a base folder, file: can be fetched",
        ),
    })
}

/// The file in `folder` that the path of `url` names. A path that no file can have names the folder
/// itself, which is not a file.
fn in_folder(folder: &Path, url: &Url) -> Target {
    let names = url
        .path_segments()
        .into_iter()
        .flatten()
        .map(|segment| percent_decode_str(segment).decode_utf8());
    let path = names.into_iter().try_fold(folder.to_path_buf(), |path, name| {
        let name = name.ok()?;
        is_name(&name).then(|| path.join(&*name))
    });
    let path = path.unwrap_or_else(|| folder.to_path_buf());
    let Ok(mut file) = Url::from_file_path(&path) else { return Target::Unreachable(OUTSIDE) };
    file.set_query(url.query());
    Target::File(file, path)
}

/// Whether it is the name of one thing in a folder: no separator, no `..`, no drive.
fn is_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!(components.next(), Some(Component::Normal(first)) if first == name)
        && components.next().is_none()
        && !name.contains(['\0', '/', '\\'])
}

/// An encoded separator may have introduced a `..`, which `starts_with` does not see.
fn is_inside(path: &Path, folder: &Path) -> bool {
    path.starts_with(folder) && path.components().all(|component| component != Component::ParentDir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(text: &str) -> Result<Option<String>, &'static str> {
        let base = Base::Folder(std::env::temp_dir().join("site"));
        resolve(text, Some(&base)).map(|target| match target {
            Target::File(_, path) => {
                let inside = path.strip_prefix(std::env::temp_dir().join("site")).expect("inside");
                Some(inside.to_str().unwrap().replace('\\', "/"))
            }
            Target::Unreachable(_) => None,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_folder_is_a_site() {
        assert_eq!(folder("data.bin"), Ok(Some("data.bin".to_owned())));
        assert_eq!(folder("/a/../b/%C3%A4%20c?q#f"), Ok(Some("b/ä c".to_owned())));
    }

    #[test]
    fn nothing_leaves_the_folder() {
        assert_eq!(folder("../../x"), Ok(Some("x".to_owned())), "above a site is the site");
        for path in
            ["..%2f..%2fx", "a/%2e%2e%2f%2e%2e/x", "..%5cx", "a%00b", "", "/", "a//b", "%ff"]
        {
            assert_eq!(folder(path), Ok(Some(String::new())), "{path}");
        }
        assert_eq!(folder("//other/x"), Ok(None));
        assert_eq!(folder("file:///etc/passwd"), Ok(None));
        let site = Url::from_directory_path(std::env::temp_dir().join("site")).unwrap();
        assert_eq!(folder(&format!("{site}x")), Ok(Some("x".to_owned())));
        assert_eq!(folder(&format!("{site}..%2fx")), Ok(None));
        assert_eq!(folder(&format!("{site}../x")), Ok(None));
    }

    #[test]
    fn urls_that_open_refuses() {
        assert!(resolve("a", None).is_err_and(|reason| reason.contains("relative")));
        assert!(resolve("", None).is_err());
        assert_eq!(resolve("http://", None), Err("it cannot be parsed"));
        assert_eq!(resolve("http://a:b/", None), Err("it cannot be parsed"));
        assert_eq!(folder("http://a:b/"), Err("it cannot be parsed"));
    }

    #[test]
    fn urls_that_cannot_be_reached() {
        for url in [
            "ftp://example.com/",
            "about:blank",
            "blob:x",
            "file:///etc/passwd",
            "http://user@example.com/",
            "https://user:secret@example.com/",
        ] {
            assert!(matches!(resolve(url, None), Ok(Target::Unreachable(_))), "{url}");
        }
    }

    #[test]
    fn hosts_that_are_this_machine() {
        let is_loopback = |host: &str| {
            let url = Url::parse(&format!("http://{host}:80/")).unwrap();
            is_loopback(url.host_str().unwrap())
        };
        for host in [
            "localhost",
            "LocalHost",
            "localhost.",
            "a.b.localhost",
            "a.localhost.",
            "127.0.0.1",
            "127.255.255.254",
            "127.1",
            "2130706433",
            "0x7f.0.0.1",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "example.com",
            "localhost.example.com",
            "mylocalhost",
            "localhost..",
            "127.0.0.1.example.com",
            "128.0.0.1",
            "10.0.0.1",
            "0.0.0.0",
            "[::2]",
            "[::ffff:128.0.0.1]",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
