// The JavaScript for synchronous fetches.
#include <emscripten/em_js.h>
#include <emscripten/fetch.h>

// Runs a synchronous fetch, as `fetch_runtime_start` does. Upstream ignores its timeout, and treats
// both an `error` event and an exception of `send` as the end. Chromium throws the exception only;
// Firefox and Safari do both.
EM_JS(emscripten_fetch_t *, fetch_runtime_synchronous_js, (void *start, emscripten_fetch_attr_t *attr, const char *url, char **lost, int timeout, char *late), {
    var xhrs = Fetch.xhrs, allocate = xhrs.allocate;
    xhrs.allocate = xhr => {
        var send = xhr.send;
        Object.defineProperty(xhr, "send", { value(body) {
            xhr.timeout = timeout;
            xhr.onerror = xhr.ontimeout = null;
            try { send.call(xhr, body) }
            catch (e) { HEAPU8[late >>> 0] = e.name == "TimeoutError"; throw e }
        } });
        return allocate.call(xhrs, xhr)
    };
    try { return wasmTable.get(start)(attr, url, lost) }
    finally { xhrs.allocate = allocate }
})

emscripten_fetch_t *fetch_runtime_start(emscripten_fetch_attr_t *attr, const char *url, char **lost);

emscripten_fetch_t *fetch_runtime_synchronous(emscripten_fetch_attr_t *attr, const char *url, char **lost, int timeout, char *late) {
    return fetch_runtime_synchronous_js(fetch_runtime_start, attr, url, lost, timeout, late);
}
