// The JavaScript for the progress of uploads.
#include <emscripten/em_js.h>
#include <emscripten/fetch.h>

// Returns whether the host reports uploads. Upstream's `FetchXHR` does not.
EM_JS(int, fetch_runtime_upload_is_supported_js, (), {
    return typeof XMLHttpRequest == "function" && "upload" in XMLHttpRequest.prototype
})

// Runs `fetch_runtime_start`, and reports how much of the body has been sent: as the progress of a
// request without a response, whose `readyState` is 1. A browser reports an upload only if there is
// a listener before `send`. The number of bytes grows, also if a redirect sends the body again.
EM_JS(emscripten_fetch_t *, fetch_runtime_upload_js, (void *start, emscripten_fetch_attr_t *attr, const char *url, char **lost), {
    var xhrs = Fetch.xhrs, allocate = xhrs.allocate;
    xhrs.allocate = xhr => {
        var loaded = 0;
        xhr.upload.onprogress = e => {
            if (xhr.readyState == 1 && e.loaded > loaded && e.loaded <= e.total) {
                loaded = e.loaded;
                xhr.onprogress?.(e)
            }
        };
        return allocate.call(xhrs, xhr)
    };
    try { return wasmTable.get(start)(attr, url, lost) }
    finally { xhrs.allocate = allocate }
})

int fetch_runtime_upload_is_supported(void) { return fetch_runtime_upload_is_supported_js(); }

emscripten_fetch_t *fetch_runtime_start(emscripten_fetch_attr_t *attr, const char *url, char **lost);

emscripten_fetch_t *fetch_runtime_upload(emscripten_fetch_attr_t *attr, const char *url, char **lost) {
    return fetch_runtime_upload_js(fetch_runtime_start, attr, url, lost);
}
