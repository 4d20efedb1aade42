// Heals fetches of C code, in a program that is linked with
// -Wl,--wrap=emscripten_fetch,--wrap=emscripten_fetch_close. Each is closed once, as soon as
// JavaScript no longer writes into it, and has one terminal callback.
#include <emscripten/eventloop.h>
#include <emscripten/fetch.h>
#include <emscripten/version.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// The mark of the crate's own fetches, which close themselves: `OWN` in mod.rs.
#define OWN 0x80000000u

// Never a handle: `SENTINEL` in raw/close.rs.
#define SENTINEL 0xffffffffu

// Frees the chunk after `onprogress`, where upstream does not do that itself.
#define CHUNKS_LEAK (__EMSCRIPTEN_major__ * 10000 + __EMSCRIPTEN_minor__ * 100 + __EMSCRIPTEN_tiny__ >= 40021)

typedef emscripten_fetch_t Fetch;
typedef void (*Callback)(Fetch *);

// What the program has asked for, and how far it has come.
typedef struct Record {
    struct Record *next;
    // Null before the first callback.
    Fetch *fetch;
    Callback onsuccess, onerror, onprogress, onreadystatechange;
    // 0 before upstream has given it one: IndexedDB has not answered, or it is not asked.
    unsigned handle;
    // Callbacks on the stack, apart from terminal ones.
    int callbacks;
    // `emscripten_fetch` has not returned.
    bool is_starting;
    bool is_own, is_synchronous, is_stream;
    // Upstream makes no callback for it, ever.
    bool is_idle;
    // `readyState` 4 of the request was reported. The terminal callback follows.
    bool is_done;
    // The terminal callback was made, or begins.
    bool is_ended;
    // The program has closed it.
    bool is_closed;
    // It was freed.
    bool is_gone;
} Record;

Fetch *__real_emscripten_fetch(emscripten_fetch_attr_t *attr, const char *url);
EMSCRIPTEN_RESULT __real_emscripten_fetch_close(Fetch *fetch);
void fetch_runtime_keep_alive(int by); // base.c

// Those that are not freed, the newest first. A fetch belongs to its thread.
static _Thread_local Record *records;

static Record *find(Fetch *fetch) {
    Record *record = records;
    while (record && record->fetch != fetch) record = record->next;
    return record;
}

// The same for a fetch that may be in its first callback, inside `emscripten_fetch`.
static Record *find_or_bind(Fetch *fetch, bool is_own) {
    Record *record = find(fetch);
    if (record) return record;
    for (record = records; record; record = record->next) {
        if (record->is_starting && !record->fetch && record->is_own == is_own) {
            record->fetch = fetch;
            break;
        }
    }
    return record;
}

static void forget(Record *record) {
    Record **link = &records;
    while (*link != record) link = &(*link)->next;
    *link = record->next;
    record->is_gone = true;
    if (!record->is_starting) free(record);
}

// Frees the fetch if the program has closed it, and if that is safe by now.
static void settle(Record *record) {
    bool is_over = record->is_ended || record->is_idle || (record->handle && !record->is_done);
    if (!record->is_closed || !is_over || (record->is_starting && record->is_synchronous)) return;
    Fetch *fetch = record->fetch;
    fetch->id = record->handle ? record->handle : SENTINEL;
    fetch->readyState = 4;
    if (record->is_idle) fetch_runtime_keep_alive(-1);
    forget(record);
    __real_emscripten_fetch_close(fetch);
}

static void settle_later(void *fetch) {
    Record *record = find(fetch);
    if (record) settle(record);
}

static void end(Fetch *fetch, bool is_success) {
    Record *record = find_or_bind(fetch, false);
    if (!record) return;
    if (record->is_ended) {
        // Upstream tells some ends twice, and takes back its reason to stay alive each time.
        if (record->is_synchronous) fetch_runtime_keep_alive(1);
        return;
    }
    record->handle = fetch->id;
    record->is_ended = true;
    // For a stream that breaks, it does so in any case.
    if (record->is_stream && fetch->readyState < 4) fetch_runtime_keep_alive(1);
    Callback callback = is_success ? record->onsuccess : record->onerror;
    if (record->is_closed) settle(record);
    // The last act: the program may close it, and need not return.
    else if (callback) callback(fetch);
}

static void on_success(Fetch *fetch) { end(fetch, true); }

static void on_error(Fetch *fetch) { end(fetch, false); }

static void call(Record *record, Callback callback, Fetch *fetch) {
    if (!callback || record->is_closed) return;
    record->callbacks++;
    callback(fetch);
    record->callbacks--;
}

static void on_progress(Fetch *fetch) {
    Record *record = find_or_bind(fetch, false);
    if (!record) return;
    call(record, record->onprogress, fetch);
    if (CHUNKS_LEAK && record->is_stream) {
        free((void *)fetch->data);
        fetch->data = NULL;
    }
}

static void on_ready_state_change(Fetch *fetch) {
    Record *record = find_or_bind(fetch, false);
    if (!record) return;
    record->handle = fetch->id;
    record->is_done = fetch->readyState == 4;
    call(record, record->onreadystatechange, fetch);
}

Fetch *__wrap_emscripten_fetch(emscripten_fetch_attr_t *attr, const char *url) {
    const unsigned neither = EMSCRIPTEN_FETCH_REPLACE | EMSCRIPTEN_FETCH_NO_DOWNLOAD;
    Record *record = attr ? calloc(1, sizeof *record) : NULL;
    if (!record) return NULL;
    emscripten_fetch_attr_t own = *attr;
    record->is_starting = true;
    record->is_own = attr->attributes & OWN;
    if (!record->is_own) {
        record->is_synchronous = attr->attributes & EMSCRIPTEN_FETCH_SYNCHRONOUS;
        record->is_stream = attr->attributes & EMSCRIPTEN_FETCH_STREAM_DATA;
        record->onsuccess = attr->onsuccess;
        record->onerror = attr->onerror;
        record->onprogress = attr->onprogress;
        record->onreadystatechange = attr->onreadystatechange;
        own.onsuccess = on_success;
        own.onerror = on_error;
        own.onreadystatechange = on_ready_state_change;
        if (attr->onprogress || record->is_stream) own.onprogress = on_progress;
    }
    record->next = records;
    records = record;
    Fetch *fetch = __real_emscripten_fetch(&own, url);
    record->is_starting = false;
    if (record->is_gone) {
        free(record);
    } else if (!fetch) {
        forget(record);
    } else {
        record->fetch = fetch;
        if (!record->is_ended) {
            record->handle = fetch->id;
            record->is_ended = record->is_synchronous;
            record->is_idle = !fetch->id && (own.attributes & neither) == neither &&
                strncmp(own.requestMethod, "EM_IDB_", 7);
        }
        settle(record);
    }
    return fetch;
}

// Tells the program that its close has ended the fetch, as upstream does.
static void abort_fetch(Record *record, Fetch *fetch) {
    // JavaScript has given it a handle since, after a miss. A program that forces an `id` does that
    // where `readyState` is 0.
    if (fetch->readyState) record->handle = fetch->id;
    // A miss leaves a 4.
    if (fetch->readyState == 4) fetch->readyState = 3;
    fetch->status = -1;
    strcpy(fetch->statusText, "aborted with emscripten_fetch_close()");
    if (record->onerror) record->onerror(fetch);
    if (record->handle || record->is_idle) return;
    // If the cache has no record, upstream sends nothing without a URL.
    free((void *)fetch->url);
    fetch->url = NULL;
}

EMSCRIPTEN_RESULT __wrap_emscripten_fetch_close(Fetch *fetch) {
    if (!fetch) return EMSCRIPTEN_RESULT_SUCCESS;
    // If the flag names this function alone, the link fails.
    void *volatile both = __real_emscripten_fetch;
    (void)both;
    Record *record = find_or_bind(fetch, true);
    // Closed before: its memory may be another's.
    if (!record) return EMSCRIPTEN_RESULT_INVALID_PARAM;
    if (record->is_own) {
        forget(record);
        return __real_emscripten_fetch_close(fetch);
    }
    if (record->is_closed) return EMSCRIPTEN_RESULT_SUCCESS;
    record->is_closed = true;
    if (!record->is_ended) abort_fetch(record, fetch);
    // After `onprogress`, upstream may write on.
    if (record->callbacks) emscripten_set_timeout(settle_later, 0, fetch);
    else settle(record);
    return EMSCRIPTEN_RESULT_SUCCESS;
}
