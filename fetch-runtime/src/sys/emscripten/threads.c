// JavaScript for threads that wait.
#include <emscripten/em_js.h>
#include <emscripten/fetch.h>

// Starts a synchronous fetch, as `fetch_runtime_start` does. Upstream ignores its timeout; and it takes both an `error`
// event and an exception of `send` for the end. Chromium has but the exception, Firefox and Safari have both.
EM_JS(emscripten_fetch_t *, fetch_runtime_synchronous_js, (void *start, emscripten_fetch_attr_t *attr, const char *url, emscripten_fetch_t **lost, int timeout, char *late), {
    var of = XMLHttpRequest.prototype, send = of.send;
    of.send = function (body) {
        of.send = send;
        this.timeout = timeout;
        this.onerror = this.ontimeout = null;
        try { send.call(this, body) }
        catch (e) { HEAPU8[late] = e.name == "TimeoutError"; throw e }
    };
    try { return fetch_runtime_start_js(start, attr, url, lost) }
    finally { of.send = send }
})

emscripten_fetch_t *fetch_runtime_synchronous(emscripten_fetch_attr_t *attr, const char *url, emscripten_fetch_t **lost, int timeout, char *late) {
    return fetch_runtime_synchronous_js(emscripten_fetch, attr, url, lost, timeout, late);
}
