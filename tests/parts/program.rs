//! A program with the feature `native-http` alone.

#[cfg(not(feature = "script"))]
#[path = "../shared/raw_server.rs"]
mod raw_server;

#[cfg(all(test, not(feature = "script")))]
mod tests {
    use std::error::Error;
    use std::io::Write;

    use fetch_runtime::{CacheMode, Outcome, Request, Response, StartError, block_on, cache};

    use crate::raw_server::RawServer;

    const HTTPS: &str =
        "the request cannot be sent: https: needs the feature `native-https` of fetch-runtime";
    const CACHE: &str =
        "the program has no cache: enable the feature `native-cache` of fetch-runtime";

    fn refused(request: Request) -> String {
        request.send_fn(|_| unreachable!("it has not started")).unwrap_err().to_string()
    }

    fn cause(response: Response) -> String {
        assert_eq!(response.outcome(), Outcome::NetworkError, "{response:?}");
        response.into_result().unwrap_err().source().expect("a cause").to_string()
    }

    #[test]
    fn https_is_refused() {
        assert_eq!(refused(Request::get("https://example.com/")), HTTPS);
        assert_eq!(refused(Request::post("HTTPS://example.com/").body("x")), HTTPS);
        let blocking = Request::get("https://example.com/").send_blocking();
        assert_eq!(blocking.unwrap_err().to_string(), HTTPS);
        let awaited = block_on(Request::get("https://example.com/").into_future()).unwrap();
        assert!(matches!(awaited, Err(StartError::Unavailable { .. })), "{awaited:?}");
        fetch_runtime::set_base_url("https://example.com/").unwrap();
        assert_eq!(refused(Request::get("/relative")), HTTPS);
    }

    #[test]
    fn a_redirect_to_https_is_a_network_error() {
        let server = RawServer::of(
            "HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\nContent-Length: 0\r\n\r\n",
        );
        let response = Request::get(server.url("/")).send_blocking().unwrap();
        assert_eq!(cause(response), "https: needs the feature `native-https` of fetch-runtime");
    }

    #[test]
    fn the_cache_is_refused() {
        let url = "http://127.0.0.1:9/";
        for mode in [
            CacheMode::Reload,
            CacheMode::ForceCache,
            CacheMode::OnlyIfCached,
            CacheMode::NoCache,
            CacheMode::Default,
        ] {
            assert_eq!(refused(Request::get(url).cache(mode)), CACHE, "{mode:?}");
        }
        assert_eq!(refused(Request::idb_store("key").body("x")), CACHE);
        assert_eq!(refused(Request::idb_delete("key")), CACHE);
    }

    #[test]
    fn housekeeping_is_refused() {
        const REASON: &str = "no cache: it needs the feature `native-cache` of fetch-runtime";
        let error = block_on(async { cache::keys("").await.unwrap_err() }).unwrap();
        assert_eq!(error.to_string(), REASON);
        let error = block_on(async { cache::usage().await.unwrap_err() }).unwrap();
        assert_eq!(error.to_string(), REASON);
    }

    #[test]
    fn a_compressed_body_is_a_network_error() {
        let server = RawServer::start(|asked, stream| {
            let accepts = asked.head.to_ascii_lowercase().contains("accept-encoding: identity\r\n");
            let coding = if asked.path == "/coded" { "Content-Encoding: gzip\r\n" } else { "" };
            write!(stream, "HTTP/1.1 200 OK\r\n{coding}Content-Length: 5\r\n\r\n{accepts:<5}")
        });
        let response = Request::get(server.url("/")).send_blocking().unwrap();
        assert_eq!(response.text(), "true ");
        let response = Request::get(server.url("/coded")).send_blocking().unwrap();
        assert_eq!(
            cause(response),
            "the content coding \"gzip\" needs the feature `native-compression` of fetch-runtime"
        );
    }

    #[test]
    fn the_rest_is_there() {
        let server = RawServer::start(|asked, stream| {
            let head = asked.head.to_ascii_lowercase();
            if head.contains("authorization: digest ") && head.contains("algorithm=md5") {
                assert!(head.contains("cookie: a=b\r\n"), "{head}");
                return write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nwelcome");
            }
            // An algorithm that needs `native-https` is left out.
            write!(
                stream,
                "HTTP/1.1 401 Unauthorized\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\
                 WWW-Authenticate: Digest realm=\"x\", nonce=\"1\", qop=auth, algorithm=SHA-256\r\n\
                 WWW-Authenticate: Digest realm=\"x\", nonce=\"1\", qop=auth\r\n\r\n"
            )
        });
        fetch_runtime::set_base_url(&server.url("/")).unwrap();
        let response = Request::get("/").auth("user", "secret").send_blocking().unwrap();
        assert_eq!((response.status(), &*response.text()), (200, "welcome"));
        let data = Request::get("data:,hello").send_blocking().unwrap();
        assert_eq!(data.text(), "hello");
    }
}

/// A script needs no part.
#[cfg(all(test, feature = "script"))]
mod tests {
    use fetch_runtime::native::script::{Answer, Script};
    use fetch_runtime::{CacheMode, CacheStatus, Request, StartError, block_on};

    #[test]
    fn a_script_answers_https() {
        let script = Script::install();
        script.answer("GET", "https://example.com/", Answer::new(200).body("hello"));
        let request = Request::get("https://example.com/");
        let response = block_on(request.into_future()).unwrap().unwrap();
        assert_eq!(response.text(), "hello");
        drop(script);
        let refused = block_on(Request::get("https://example.com/").into_future()).unwrap();
        assert!(matches!(refused, Err(StartError::Unavailable { .. })), "{refused:?}");
    }

    #[test]
    fn a_script_has_a_cache() {
        let script = Script::install();
        script.answer("GET", "https://example.com/", Answer::new(200).body("hello"));
        let request = Request::get("https://example.com/").cache(CacheMode::ForceCache);
        let response = block_on(request.into_future()).unwrap().unwrap();
        assert_eq!(response.cache_status(), CacheStatus::Stored);
    }
}
