// Requests in C++ whose handlers are written in Rust.
#include "fetch_runtime.h"

FETCH_RUNTIME_HANDLER_WITH_PROGRESS(from_cpp);

extern "C" void start_in_cpp(const char *url) {
    emscripten_fetch_attr_t attr;
    FETCH_RUNTIME_ATTR(&attr, "GET", EMSCRIPTEN_FETCH_LOAD_TO_MEMORY, from_cpp);
    attr.onprogress = from_cpp_onprogress;
    emscripten_fetch(&attr, url);
}

