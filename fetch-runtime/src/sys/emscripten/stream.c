// The JavaScript for streamed responses.
#include <emscripten/em_js.h>
#include <stddef.h>

EM_JS(int, fetch_runtime_streaming_is_linked_js, (), { return typeof FetchXHR == "function" })

// Delivers pieces of at most 8 MiB, as upstream does. `take` allocates memory for a piece, or
// returns null. Upstream then reports a chunk without bytes, at the offset of the piece.
EM_JS(void, fetch_runtime_chunks_js, (int id, void *take), {
    var xhr = Fetch.xhrs.get(id), hand = xhr.onprogress;
    xhr.onprogress = e => {
        var body = xhr.response, all = body.byteLength, from = 0, n, to;
        for (; from < all && !xhr._aborted; from += n) {
            n = Math.min(all - from, 8388608);
            if (to = wasmTable.get(take)(n)) HEAPU8.set(new Uint8Array(body, from, n), to >>> 0);
            xhr.response = { byteLength: 0 };
            hand({ loaded: e.loaded - all + from, total: e.total })
        }
    }
})

int fetch_runtime_streaming_is_linked(void) { return fetch_runtime_streaming_is_linked_js(); }

void fetch_runtime_chunks(int id, void *(*take)(size_t)) { fetch_runtime_chunks_js(id, take); }
