//! Proxies, by the environment's variables.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
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

/// A command whose proxies are these variables alone.
fn through(proxies: &[(&str, String)], arguments: &[&str]) -> Command {
    let mut command = child(arguments);
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(variable).env_remove(variable.to_ascii_lowercase());
    }
    command.env_remove("REQUEST_METHOD").envs(proxies.iter().map(|(name, value)| (name, value)));
    command
}

fn with_password(proxy: &RawServer) -> String {
    proxy.url("/").replace("http://", "http://Aladdin:open%20sesame@")
}

const PASSWORD: &str = "\r\nproxy-authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n";

#[test]
fn a_proxy_gets_its_password() {
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let all = Arc::clone(&heads);
    let proxy = RawServer::start(move |asked, stream| {
        all.lock().unwrap().push(asked.head.clone());
        stream.write_all(&response("", PLAIN))
    });
    let proxies = [("HTTP_PROXY", with_password(&proxy))];
    let url = "http://www.example.test/a?b";
    assert_eq!(stdout_of(&mut through(&proxies, &["get", url])), "Success Bypass 18\n");
    let heads = heads.lock().unwrap();
    assert!(heads[0].starts_with("GET http://www.example.test/a?b HTTP/1.1\r\n"), "{heads:?}");
    assert!(heads[0].contains("\r\nhost: www.example.test\r\n"), "{heads:?}");
    assert!(heads[0].contains(PASSWORD), "{heads:?}");
}

/// The proxy sees the server's name. It does not see the request.
#[test]
fn tls_goes_through_a_tunnel() {
    let (secure, certificate) = Server::start_tls().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("authority.pem");
    std::fs::write(&pem, certificate).unwrap();
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let (all, address) = (Arc::clone(&heads), secure.address());
    let proxy = RawServer::start(move |asked, stream| {
        all.lock().unwrap().push(asked.head.clone());
        let mut server = TcpStream::connect(address)?;
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let (mut from, mut to) = (stream.try_clone()?, server.try_clone()?);
        std::thread::spawn(move || {
            // An error: the other side has gone.
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
        io::copy(&mut server, stream).map(drop)
    });
    let proxies = [("HTTPS_PROXY", with_password(&proxy))];
    let mut get = through(&proxies, &["get", "https://www.example.test/bytes/100"]);
    assert_eq!(stdout_of(get.env("SSL_CERT_FILE", &pem)), "Success Bypass 100\n");
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 1);
    let head = heads[0].replace("Proxy-Authorization", "proxy-authorization");
    assert!(head.starts_with("CONNECT www.example.test:443 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(PASSWORD) && head.contains("\r\nuser-agent: fetch-runtime/"), "{head}");
}

#[test]
fn a_proxy_that_wants_another_password() {
    let proxy = RawServer::of("HTTP/1.1 407 \r\nContent-Length: 0\r\n\r\n");
    let proxies = [("HTTPS_PROXY", with_password(&proxy))];
    let why = stdout_of(&mut through(&proxies, &["why", "https://www.example.test/"]));
    assert!(why.contains("proxy authorization required"), "{why}");
    assert!(!why.contains("sesame") && !why.contains("QWxh"), "{why}");
}

#[test]
fn a_proxy_with_tls() {
    let (proxy, certificate) = Server::start_tls().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("authority.pem");
    std::fs::write(&pem, certificate).unwrap();
    let proxies = [("HTTP_PROXY", format!("https://localhost:{}", proxy.address().port()))];
    let mut get = through(&proxies, &["get", "http://www.example.test/bytes/100"]);
    assert_eq!(stdout_of(get.env("SSL_CERT_FILE", &pem)), "Success Bypass 100\n");
}
