// The JavaScript for synchronous fetches.
#include <emscripten/em_js.h>
#include <emscripten/fetch.h>
#include <stdlib.h>

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
    try { return fetch_runtime_start_js(start, attr, url, lost) }
    finally { xhrs.allocate = allocate }
})

char *fetch_runtime_resolve(const char *url) __attribute__((weak));

emscripten_fetch_t *fetch_runtime_synchronous(emscripten_fetch_attr_t *attr, const char *url, char **lost, int timeout, char *late) {
    char *own = 0;
    if (fetch_runtime_resolve) {
        url = own = fetch_runtime_resolve(url);
        if (!own || own == (char *)-1) return (emscripten_fetch_t *)own;
    }
    emscripten_fetch_t *fetch = fetch_runtime_synchronous_js(emscripten_fetch, attr, url, lost, timeout, late);
    free(own);
    return fetch;
}
