//! Proxies, by the environment's variables.

use std::io::Write;
use std::sync::{Arc, Mutex};

use fetch_shared::raw_server::RawServer;
use fetch_shared::server::Server;

use super::{PLAIN, response};
use crate::backend::{child, stdout_of};
use crate::server;

/// As browsers do; and its first command works behind any proxy.
#[test]
fn loopback_needs_no_proxy() {
    let (secure, certificate) = Server::start_tls().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("authority.pem");
    std::fs::write(&pem, certificate).unwrap();
    let port = server().address().port();
    for url in [
        format!("http://127.0.0.1:{port}/bytes/100"),
        format!("http://localhost:{port}/bytes/100"),
        format!("http://LocalHost:{port}/bytes/100"),
        format!("https://localhost:{}/bytes/100", secure.address().port()),
    ] {
        let mut get = child(&["get", &url]);
        for variable in
            ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        {
            get.env(variable, "http://127.0.0.1:9/");
        }
        get.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
        assert_eq!(stdout_of(get.env("SSL_CERT_FILE", &pem)), "Success Bypass 100\n", "{url}");
    }
}

/// The system's proxy is for all other hosts but those of `NO_PROXY`; and each redirect is to a
/// host of its own.
#[test]
fn other_hosts_are_asked_through_the_proxy() {
    let local = server().url("/bytes/77");
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let (all, to) = (Arc::clone(&asked), local);
    let proxy = RawServer::start(move |asked, stream| {
        all.lock().unwrap().push(asked.path.clone());
        if asked.path.ends_with("/home") {
            write!(stream, "HTTP/1.1 302 \r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
        } else {
            stream.write_all(&response("", PLAIN))
        }
    });
    let get = |url: &str, no_proxy: &str| {
        let mut get = child(&["get", url]);
        get.env_remove("no_proxy").env_remove("http_proxy").env_remove("REQUEST_METHOD");
        stdout_of(get.env("HTTP_PROXY", proxy.url("/")).env("NO_PROXY", no_proxy))
    };
    assert_eq!(get("http://www.example.test/a", ""), "Success Bypass 18\n");
    assert_eq!(get("http://192.0.2.1/b", ""), "Success Bypass 18\n");
    assert_eq!(get("http://localhost.example.test/c", ""), "Success Bypass 18\n");
    assert_eq!(get("http://www.example.test/home", ""), "Success Bypass 77\n");
    assert_eq!(
        get("http://www.example.test/d", "other.test, example.test"),
        "NetworkError Bypass 0\n"
    );
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "http://www.example.test/a",
            "http://192.0.2.1/b",
            "http://localhost.example.test/c",
            "http://www.example.test/home"
        ]
    );
}
