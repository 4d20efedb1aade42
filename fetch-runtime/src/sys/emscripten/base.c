// The JavaScript that every program needs.
//
// Where a function of JavaScript needs another one, it calls a C function by its pointer: in a side
// module, no EM_JS function is in the scope of another.
#include <emscripten/em_js.h>
#include <emscripten/em_macros.h>
#include <emscripten/fetch.h>
#include <stdlib.h>

EM_JS_DEPS(fetch_runtime_base, "$UTF8ToString,$stringToNewUTF8")

// Returns 0 if the host can start a request and, unless the URL is null, `XMLHttpRequest.open`
// accepts it. Otherwise returns the reason: see `check_host`.
EM_JS(int, fetch_runtime_check_js, (const char *url, int streams), {
    if (typeof Fetch != "object") return 1;
    // A late event of a request that is closed must not reach the request that has its handle next.
    // Upstream takes back a reason to stay alive at the first `readystatechange` after a close.
    var xhrs = Fetch.xhrs, free = xhrs.free, db = Fetch.dbInstance;
    Fetch.fetch_runtime_free ||= xhrs.free = id => {
        var xhr = xhrs.get(id);
        xhr.onprogress = xhr.onload = xhr.onerror = xhr.ontimeout = null;
        xhr.onreadystatechange = () => {
            xhr.onreadystatechange = null;
            if (typeof runtimeKeepaliveCounter == "number" && runtimeKeepaliveCounter) --runtimeKeepaliveCounter
        };
        free.call(xhrs, id);
        xhr.fetch_runtime_over?.()
    };
    // Another tab cannot delete or upgrade the database before this connection ends, and new tabs
    // wait for that. From then on, this program has no cache.
    if (db) db.onversionchange ||= () => db.close();
    if (!url) return 0;
    try {
        var base = Fetch.fetch_runtime_base ?? globalThis.document?.baseURI ?? globalThis.location;
        url = UTF8ToString(url);
        try { Fetch.fetch_runtime_url = new URL(url, base) } catch (e) { return base ? 3 : 4 }
    } catch (e) { console.error(e); return 5 }
    return streams || globalThis.XMLHttpRequest ? 0 : 2
})

// Calls `emscripten_fetch`. After an exception, it returns -1, and writes to `lost` the address of
// the attributes of the fetch that was not sent. They begin with the method, which upstream reads
// before any code can throw.
EM_JS(emscripten_fetch_t *, fetch_runtime_start_js, (void *start, emscripten_fetch_attr_t *attr, const char *url, char **lost), {
    var read = UTF8ToString, first;
    try {
        var method = read(attr);
        UTF8ToString = (at, size, nul) => {
            var text = read(at, size, nul);
            if (text === method) { first = at; UTF8ToString = read }
            return text
        };
        return wasmTable.get(start)(attr, url)
    }
    catch (e) { console.error(e); HEAPU32[lost >>> 2] = first; return -1 }
    finally { UTF8ToString = read }
})

// Returns the length of a complete response's body. Unless `to` is null, copies the body there.
// - -1 means a network error. A response without a status (`file:`) has a URL, and a body or
//   headers. A network error has none of them; in Firefox, it has a URL and an empty body.
// - -2 means that the browser has no memory for the body, that it is too long for a slice, or an
//   exception.
EM_JS(int, fetch_runtime_response_js, (int id, void *to), {
    try {
        var xhr = Fetch.xhrs.get(id), body = xhr.response;
        if (!xhr.status && !(xhr.responseURL && body && (body.byteLength || xhr.getAllResponseHeaders()))) return -1;
        if (to) HEAPU8.set(new Uint8Array(body), to >>> 0);
        return body && body.byteLength < 2147483648 ? body.byteLength : -2
    } catch (e) { console.error(e); return -2 }
})

// Returns the response's headers, in memory from malloc; null if there is no memory.
EM_JS(char *, fetch_runtime_headers_js, (int id), {
    try { return stringToNewUTF8(Fetch.xhrs.get(id).getAllResponseHeaders()) }
    catch (e) { console.error(e); return 0 }
})

EM_JS(void, fetch_runtime_keep_alive_js, (int by), {
    if (typeof runtimeKeepaliveCounter == "number" && runtimeKeepaliveCounter + by >= 0) runtimeKeepaliveCounter += by
})

int fetch_runtime_check(const char *url, int streams) { return fetch_runtime_check_js(url, streams); }

// Starts a fetch with the URL as it is.
emscripten_fetch_t *fetch_runtime_start_as_is(emscripten_fetch_attr_t *attr, const char *url, char **lost) {
    return fetch_runtime_start_js(emscripten_fetch, attr, url, lost);
}

// It is linked if the program can set a base: see base_url.c.
char *fetch_runtime_resolve(const char *url) __attribute__((weak));

emscripten_fetch_t *fetch_runtime_start(emscripten_fetch_attr_t *attr, const char *url, char **lost) {
    char *own = 0;
    if (fetch_runtime_resolve) {
        url = own = fetch_runtime_resolve(url);
        if (!own || own == (char *)-1) return (emscripten_fetch_t *)own;
    }
    emscripten_fetch_t *fetch = fetch_runtime_start_as_is(attr, url, lost);
    free(own);
    return fetch;
}

int fetch_runtime_response(int id, void *to) { return fetch_runtime_response_js(id, to); }

char *fetch_runtime_headers(int id) { return fetch_runtime_headers_js(id); }

void fetch_runtime_keep_alive(int by) { fetch_runtime_keep_alive_js(by); }
