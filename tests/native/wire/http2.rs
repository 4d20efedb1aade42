//! HTTP/2, which a server chooses in the TLS handshake.

use std::net::Ipv4Addr;
use std::sync::{Arc, mpsc};

use bytes::Bytes;
use fetch_shared::server::tls;
use h2::Reason;
use http::Response;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio_rustls::TlsAcceptor;

use crate::backend::{child, stdout_of};

/// Asks a server that refuses so many requests. Answers with what the program shows, and with the
/// number of requests.
fn ask(refused: usize) -> (String, usize) {
    let (mut config, certificate) = tls().unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("authority.pem");
    std::fs::write(&pem, certificate).unwrap();
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, seen) = mpsc::channel();
    let serve = async move {
        let (stream, _) = TcpListener::from_std(listener).unwrap().accept().await.unwrap();
        let stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let mut number = 0;
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            sender.send(request.uri().to_string()).unwrap();
            if number < refused {
                respond.send_reset(Reason::REFUSED_STREAM);
            } else {
                let mut body = respond.send_response(Response::new(()), false).unwrap();
                body.send_data(Bytes::from_static(super::PLAIN), true).unwrap();
            }
            number += 1;
        }
    };
    let server = std::thread::spawn(move || {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(serve);
    });
    let mut get = child(&["get", &format!("https://localhost:{port}/a?b")]);
    let shown = stdout_of(get.env("SSL_CERT_FILE", &pem));
    server.join().unwrap();
    let uri = format!("https://localhost:{port}/a?b");
    let requests: Vec<_> = seen.iter().collect();
    assert!(requests.iter().all(|request| *request == uri), "{requests:?}");
    (shown, requests.len())
}

#[test]
fn a_server_may_speak_it() {
    assert_eq!(ask(0), ("Success Bypass 18\n".to_owned(), 1));
}

/// RFC 9113 §8.7: a request that was refused has not been begun with.
#[test]
fn a_refused_request_is_sent_again_twice() {
    assert_eq!(ask(2), ("Success Bypass 18\n".to_owned(), 3));
    assert_eq!(ask(3), ("NetworkError Bypass 0\n".to_owned(), 3));
}
