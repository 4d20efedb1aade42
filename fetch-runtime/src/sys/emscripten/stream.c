// JavaScript for requests whose response is streamed.
#include <emscripten/em_js.h>
#include <stddef.h>

EM_JS(int, fetch_runtime_streaming_is_linked_js, (), { return typeof FetchXHR == "function" })

// Has a stream hand out pieces of at most 8 MiB, as upstream does; of a piece that does not fit into memory, upstream
// sees the length alone, so that it writes nothing.
EM_JS(void, fetch_runtime_chunks_js, (int id, void *fits), {
    var xhr = Fetch.xhrs.get(id), hand = xhr.onprogress;
    xhr.onprogress = e => {
        var body = xhr.response, all = body.byteLength, from = 0, n;
        for (; from < all && !xhr._aborted; from += n) {
            n = Math.min(all - from, 8388608);
            xhr.response = !wasmTable.get(fits)(n) ? { byteLength: n } : n < all ? body.slice(from, from + n) : body;
            hand({ loaded: e.loaded - all + from + n, total: e.total })
        }
    }
})

int fetch_runtime_streaming_is_linked(void) { return fetch_runtime_streaming_is_linked_js(); }

void fetch_runtime_chunks(int id, int (*fits)(size_t)) { fetch_runtime_chunks_js(id, fits); }
