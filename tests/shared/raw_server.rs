//! A server that answers with raw bytes, for answers that no HTTP library would send.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A request: its path, and its whole head.
#[derive(Debug)]
pub struct Asked {
    /// With its query.
    pub path: String,
    /// The request line and the headers.
    pub head: String,
}

type Connection = (TcpStream, JoinHandle<()>);

/// A server on a free port of 127.0.0.1, a thread for each connection. Dropping it ends it and all
/// that it is sending.
#[derive(Debug)]
pub struct RawServer {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    connections: Arc<Mutex<Vec<Connection>>>,
    thread: Option<JoinHandle<()>>,
}

impl RawServer {
    /// `answer` writes any bytes, to each request of a connection in turn. If it fails, the
    /// connection is closed.
    ///
    /// # Panics
    /// If there is no port, or no thread.
    pub fn start(
        answer: impl Fn(&Asked, &mut TcpStream) -> io::Result<()> + Clone + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let stopped = Arc::new(AtomicBool::new(false));
        let connections: Arc<Mutex<Vec<_>>> = Arc::default();
        let (stop, all) = (Arc::clone(&stopped), Arc::clone(&connections));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(other) = stream.try_clone() else { continue };
                let answer = answer.clone();
                let thread = std::thread::spawn(move || {
                    // An error: the client has gone, or the answer is to break off.
                    let _ = serve(stream, answer);
                });
                all.lock().expect("no thread panics with it").push((other, thread));
            }
        });
        Self { address, stopped, connections, thread: Some(thread) }
    }

    /// Answers every request with these bytes, and closes the connection.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn of(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Arc<[u8]> = answer.into().into();
        Self::start(move |_, stream| {
            stream.write_all(&answer)?;
            Err(io::ErrorKind::ConnectionAborted.into())
        })
    }

    /// The URL of a path that begins with `/`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn serve(
    mut stream: TcpStream,
    answer: impl Fn(&Asked, &mut TcpStream) -> io::Result<()>,
) -> io::Result<()> {
    let mut answer_all = || {
        while let Some(head) = head(&mut stream)? {
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            answer(&Asked { path, head }, &mut stream)?;
        }
        Ok(())
    };
    let result = answer_all();
    // Its clone would keep it open.
    let _ = stream.shutdown(Shutdown::Both);
    result
}

/// All up to the empty line; `None` at the end of the connection.
fn head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread. An error means that it has ended; a panic has been reported.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let connections = self.connections.lock().map(|mut all| std::mem::take(&mut *all));
        for (stream, thread) in connections.unwrap_or_default() {
            let _ = stream.shutdown(Shutdown::Both);
            let _ = thread.join();
        }
    }
}
