//! A program for an Emscripten that hands browsers views of the heap where they take none, as 6.0.1
//! and 6.0.2 do: `cargo xtask linking` makes one of a later version. The request does not start,
//! and the error says why.

#[cfg(not(target_os = "emscripten"))]
fn main() {
    println!("this is for the browser: cargo xtask linking");
}

#[cfg(target_os = "emscripten")]
fn main() {
    use fetch_runtime::{StartError, fetch};

    let refused = fetch!(POST "/echo", body: "a body" => |response| {
        println!("a POST ended as {:?}", response.outcome());
        std::process::exit(1);
    });
    let reason = match refused {
        Err(error @ StartError::Unavailable { .. }) => error.to_string(),
        // The handler ends the program.
        Ok(_) => return,
        Err(error) => panic!("a POST does not start: {error}"),
    };
    println!("{reason}");
    // A heap that only threads share suffices for a request without a body.
    let threads = cfg!(target_feature = "atomics");
    assert!(reason.contains(if threads { "-pthread" } else { "-sGROWABLE_ARRAYBUFFERS=0" }));
    let sent = fetch!(GET "/bytes/1000" => |response| {
        std::process::exit(i32::from(!response.is_success()));
    });
    match sent {
        Ok(_) => assert!(threads, "a GET is refused, too"),
        Err(error) => {
            assert!(!threads, "a GET is sent: {error}");
            std::process::exit(0);
        }
    }
}
