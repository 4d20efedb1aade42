// JavaScript that every program needs.
#include <emscripten/em_js.h>
#include <emscripten/fetch.h>

// 0 if the host can send a request and `XMLHttpRequest.open` takes its URL. Otherwise the reason: see `check_host`.
EM_JS(int, fetch_runtime_check_js, (const char *url, int streams), {
    if (typeof Fetch != "object") return 1;
    if (!streams && typeof XMLHttpRequest != "function") return 2;
    var base = typeof document == "object" ? document.baseURI : typeof location == "object" ? location.href : undefined;
    url = UTF8ToString(url);
    try { new URL(url, base) } catch (e) { return base ? 3 : 4 }
    return 0
})

// Calls `emscripten_fetch`. For an exception it returns -1, and writes the fetch that was to be sent to `lost`.
EM_JS(emscripten_fetch_t *, fetch_runtime_start_js, (void *start, emscripten_fetch_attr_t *attr, const char *url, emscripten_fetch_t **lost), {
    var send = fetchXHR, fetch = 0;
    fetchXHR = (...all) => (fetch = all[0], send(...all));
    try { return wasmTable.get(start)(attr, url) }
    catch (e) { console.error(e); HEAPU32[lost >> 2] = fetch; return -1 }
    finally { fetchXHR = send }
})

// Copies the body of a complete response to an address that is not null, and returns its length. -1 is a network error:
// a response without a status (`file:`) has a URL, a network error has none.
EM_JS(double, fetch_runtime_response_js, (int id, void *to), {
    var xhr = Fetch.xhrs.get(id), body = xhr.response;
    if (!xhr.status && !xhr.responseURL) return -1;
    if (to) HEAPU8.set(new Uint8Array(body), to);
    return body ? body.byteLength : 0
})

EM_JS(void, fetch_runtime_keep_alive_js, (int by), {
    if (typeof runtimeKeepaliveCounter == "number" && runtimeKeepaliveCounter + by >= 0) runtimeKeepaliveCounter += by
})

int fetch_runtime_check(const char *url, int streams) { return fetch_runtime_check_js(url, streams); }

emscripten_fetch_t *fetch_runtime_start(emscripten_fetch_attr_t *attr, const char *url, emscripten_fetch_t **lost) {
    return fetch_runtime_start_js(emscripten_fetch, attr, url, lost);
}

double fetch_runtime_response(int id, void *to) { return fetch_runtime_response_js(id, to); }

void fetch_runtime_keep_alive(int by) { fetch_runtime_keep_alive_js(by); }
