// A fetch of a C program, and how it closes it.
#pragma once

#include <emscripten/fetch.h>
#include <stdbool.h>

// When the program closes. Its handlers close as well, as Emscripten's documentation shows.
typedef enum {
    IN_THE_HANDLER,
    TWICE_IN_THE_HANDLER,
    // The handler forces the `id`: the workaround that was published.
    FORCED_IN_THE_HANDLER,
    AFTER_THE_HANDLER,
    AT_ONCE,
    // IndexedDB has answered that there is no record, and the headers have not come.
    AFTER_THE_MISS,
    AT_THE_HEADERS,
    IN_ON_PROGRESS,
    AT_READY_STATE_4,
    // In a microtask, before the event that ends the request.
    AFTER_READY_STATE_4,
    // In the next task: the body is being stored, or is stored.
    WHILE_STORING,
    // `emscripten_fetch` has returned, and nothing calls back.
    AFTER_IT_RETURNED,
} Moment;

// What the host lacks.
typedef enum { HEALTHY, NO_INDEXEDDB, SEND_THROWS } Host;

// How the fetch ends.
typedef enum { SUCCESS, ERROR, EITHER, NO_CALLBACK } End;

typedef struct {
    const char *name;
    const char *method;
    const char *url;
    unsigned flags;
    Moment moment;
    End end;
    Host host;
    unsigned timeout;
    // The smallest leak without the flag, in bytes for each fetch; 0 if it does not leak.
    int leak;
} Case;

// The cases of a page, ended by one without a name; with streams; and of a worker, which may wait.
extern const Case page_cases[], stream_cases[], worker_cases[];
