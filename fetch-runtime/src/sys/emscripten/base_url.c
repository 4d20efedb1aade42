// The JavaScript for a base of relative URLs that is not the page's.
#include <emscripten/em_js.h>
#include <stddef.h>

EM_JS_DEPS(fetch_runtime_base_url, "$UTF8ToString,$stringToNewUTF8")

// Sets the base. Returns 0, or the reason why it cannot be one: see `set_base_url`.
EM_JS(int, fetch_runtime_set_base_url_js, (const char *url, size_t length), {
    if (typeof Fetch != "object") return 1;
    try {
        var base;
        url = UTF8ToString(url, length);
        try { base = new URL(url) } catch (e) { return 2 }
        if (base.protocol != "http:" && base.protocol != "https:") return 3;
        if (base.username || base.password) return 4;
        Fetch.fetch_runtime_base = base.href;
        return 0
    } catch (e) { console.error(e); return 5 }
})

// Returns the URL to send, in memory from malloc: the absolute one, by the base of this moment, as
// upstream knows the page's base alone. Without a base, it is the URL as it is. Returns the result of
// the start if that is over: null if there is no memory, -1 after an exception.
EM_JS(char *, fetch_runtime_resolve_js, (const char *url), {
    var base = Fetch.fetch_runtime_base;
    try {
        url = UTF8ToString(url);
        return stringToNewUTF8(base ? new URL(url, base).href : url)
    } catch (e) { console.error(e); return -1 }
})

char *fetch_runtime_resolve(const char *url) { return fetch_runtime_resolve_js(url); }

int fetch_runtime_set_base_url(const char *url, size_t length) { return fetch_runtime_set_base_url_js(url, length); }
