// The JavaScript for errors that no user code has caught.
#include <emscripten/em_js.h>
#include <stddef.h>

// A host without `reportError` (Node) gets no event. The message is on stderr in any case.
EM_JS(void, fetch_runtime_report_js, (const char *text, size_t length), {
    try { reportError(Error("fetch-runtime: " + UTF8ToString(text, length))) } catch (e) {}
})

void fetch_runtime_report(const char *text, size_t length) { fetch_runtime_report_js(text, length); }
