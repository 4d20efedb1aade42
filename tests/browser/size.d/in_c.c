/* The same in C. */
#include <emscripten/fetch.h>
#include <string.h>

static const volatile char *volatile body;

static void loaded(emscripten_fetch_t *fetch)
{
    body = fetch->data;
    fetch->readyState = 4;
    if (fetch->id == 0)
        fetch->id = 0xffffffff;
    emscripten_fetch_close(fetch);
}

int main(void)
{
    emscripten_fetch_attr_t attr;
    emscripten_fetch_attr_init(&attr);
    strcpy(attr.requestMethod, "GET");
    attr.attributes = EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | EMSCRIPTEN_FETCH_REPLACE;
    attr.onsuccess = loaded;
    attr.onerror = loaded;
    emscripten_fetch(&attr, "/data.bin");
    return 0;
}
