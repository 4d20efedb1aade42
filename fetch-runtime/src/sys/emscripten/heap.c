// The JavaScript for Emscripten 6.0.1 and 6.0.2.
#include <emscripten/em_js.h>

// Returns 0 if the heap is an `ArrayBuffer` of fixed length, 1 if threads share it, 2 if it grows
// in place.
EM_JS(int, fetch_runtime_heap_js, (), {
    var of = HEAPU8.buffer;
    return of.resizable ? 2 : +!(of instanceof ArrayBuffer)
})

int fetch_runtime_heap(void) { return fetch_runtime_heap_js(); }
