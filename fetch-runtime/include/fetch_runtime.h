/* fetch-runtime for C and C++: requests whose handlers are written in Rust. */
#ifndef FETCH_RUNTIME_H
#define FETCH_RUNTIME_H

#include <emscripten/fetch.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Declares the functions of #[fetch_handler(export = "name")]:
 *
 *     FETCH_RUNTIME_HANDLER(game_loaded);
 */
#define FETCH_RUNTIME_HANDLER(name) \
    FETCH_RUNTIME_C_ void name##_onsuccess(emscripten_fetch_t *fetch); \
    FETCH_RUNTIME_C_ void name##_onerror(emscripten_fetch_t *fetch)

/* The same for a handler with `on_progress`. */
#define FETCH_RUNTIME_HANDLER_WITH_PROGRESS(name) \
    FETCH_RUNTIME_HANDLER(name); \
    FETCH_RUNTIME_C_ void name##_onprogress(emscripten_fetch_t *fetch)

#ifdef __cplusplus
#define FETCH_RUNTIME_C_ extern "C"
#else
#define FETCH_RUNTIME_C_
#endif

/* Fills the attributes of a request with this method and these flags, EMSCRIPTEN_FETCH_…, whose
 * handler is the one of this name:
 *
 *     emscripten_fetch_attr_t attr;
 *     FETCH_RUNTIME_ATTR(&attr, "GET", EMSCRIPTEN_FETCH_LOAD_TO_MEMORY, game_loaded);
 *     emscripten_fetch(&attr, "/data.bin");
 */
#define FETCH_RUNTIME_ATTR(attr, method, flags, name) \
    fetch_runtime_attr((attr), (method), (flags), name##_onsuccess, name##_onerror)

/* The function of FETCH_RUNTIME_ATTR, for other callbacks. Of the method, at most 31 bytes count. */
static inline void fetch_runtime_attr(emscripten_fetch_attr_t *attr, const char *method,
                                      unsigned flags, void (*onsuccess)(emscripten_fetch_t *),
                                      void (*onerror)(emscripten_fetch_t *)) {
    emscripten_fetch_attr_init(attr);
    strncpy(attr->requestMethod, method, sizeof attr->requestMethod - 1);
    attr->attributes = flags;
    attr->onsuccess = onsuccess;
    attr->onerror = onerror;
}

/* Closes a fetch in its onsuccess or onerror, once: also where emscripten_fetch_close refuses, or
 * would call onerror again. Not for handlers that are written in Rust, whose fetches are closed. */
static inline EMSCRIPTEN_RESULT fetch_runtime_close(emscripten_fetch_t *fetch) {
    if (fetch) {
        fetch->readyState = 4;
        if (!fetch->id) fetch->id = 0xffffffffu; /* never the handle of a request */
    }
    return emscripten_fetch_close(fetch);
}

#ifdef __cplusplus
}
#endif

#endif
