// The JavaScript that tells the budget its namespace.
#include <emscripten/em_js.h>
#include <stddef.h>

EM_JS(void, fetch_runtime_set_namespace_js, (const char *prefix, size_t length), {
    if (typeof Fetch == "object") Fetch.fetch_runtime_namespace = String.fromCharCode(...HEAPU8.slice(prefix >>>= 0, prefix + (length >>> 0)))
})

void fetch_runtime_set_namespace(const char *prefix, size_t length) { fetch_runtime_set_namespace_js(prefix, length); }
