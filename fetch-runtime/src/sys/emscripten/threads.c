// The JavaScript for calls that come from other threads.
#include <emscripten/em_js.h>
#include <emscripten/em_macros.h>

EM_JS_DEPS(fetch_runtime_threads, "$UTF8ToString,$stringToNewUTF8,$callUserCallback,pthread_self")

// Has the event loop call a function with null when the running code has returned. Until then, the
// thread does not end. No timer delays the call, as those of a hidden page are.
EM_JS(void, fetch_runtime_soon_js, (void *call), {
    fetch_runtime_keep_alive_js(1);
    queueMicrotask(() => {
        // The thread may have ended meanwhile, by `pthread_exit` or `pthread_cancel`.
        if (!_pthread_self()) return;
        fetch_runtime_keep_alive_js(-1);
        callUserCallback(() => wasmTable.get(call)(0))
    })
})

// Returns the base of this thread's relative URLs, in memory from malloc; null if there is none.
EM_JS(char *, fetch_runtime_base_js, (), {
    try {
        var base = Fetch.fetch_runtime_base ?? globalThis.document?.baseURI ?? globalThis.location?.href;
        return base ? stringToNewUTF8(base) : 0
    } catch (e) { console.error(e); return 0 }
})

// Sets the base of another thread. With null, the base becomes this thread's own again.
EM_JS(void, fetch_runtime_use_base_js, (const char *base), {
    var own = Fetch.fetch_runtime_own_base;
    if (base) {
        Fetch.fetch_runtime_own_base = [Fetch.fetch_runtime_base];
        Fetch.fetch_runtime_base = UTF8ToString(base)
    } else if (own) {
        Fetch.fetch_runtime_base = own[0];
        Fetch.fetch_runtime_own_base = 0
    }
})

void fetch_runtime_soon(void (*call)(void *)) { fetch_runtime_soon_js(call); }

char *fetch_runtime_base(void) { return fetch_runtime_base_js(); }

void fetch_runtime_use_base(const char *base) { fetch_runtime_use_base_js(base); }
