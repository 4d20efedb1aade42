// Each path of the guide *Upstream*.
#include "cases.h"

#define LOAD EMSCRIPTEN_FETCH_LOAD_TO_MEMORY
#define REPLACE EMSCRIPTEN_FETCH_REPLACE
#define PERSIST EMSCRIPTEN_FETCH_PERSIST_FILE
#define ONLY EMSCRIPTEN_FETCH_NO_DOWNLOAD
#define STREAM EMSCRIPTEN_FETCH_STREAM_DATA
#define WAIT EMSCRIPTEN_FETCH_SYNCHRONOUS
#define KEPT "/bytes/100000"
#define NOBODY "http://127.0.0.1:1/"

const Case page_cases[] = {
    {"HTTP 2xx", "GET", "/bytes/1000", LOAD | REPLACE, IN_THE_HANDLER, SUCCESS},
    {"HTTP error", "GET", "/status/404", LOAD | REPLACE, IN_THE_HANDLER, ERROR},
    {"network error", "GET", NOBODY, LOAD | REPLACE, IN_THE_HANDLER, ERROR},
    {"timeout", "GET", "/slow/60000", LOAD | REPLACE, IN_THE_HANDLER, ERROR, .timeout = 20},
    {"hit", "GET", KEPT, LOAD, IN_THE_HANDLER, SUCCESS, .leak = 100000},
    {"hit only", "GET", KEPT, LOAD | ONLY, IN_THE_HANDLER, SUCCESS, .leak = 100000},
    {"hit, closed later", "GET", KEPT, LOAD, AFTER_THE_HANDLER, SUCCESS, .leak = 100000},
    {"hit, closed twice", "GET", KEPT, LOAD, TWICE_IN_THE_HANDLER, SUCCESS, .leak = 100000},
    {"hit, id forced", "GET", KEPT, LOAD, FORCED_IN_THE_HANDLER, SUCCESS},
    {"miss only", "GET", "missing", LOAD | ONLY, IN_THE_HANDLER, ERROR, .leak = 200},
    {"miss, HTTP 2xx", "GET", "/bytes/1001", LOAD, IN_THE_HANDLER, SUCCESS},
    {"miss, network error", "GET", NOBODY, LOAD, IN_THE_HANDLER, ERROR},
    {"stored", "GET", "/bytes/1002", LOAD | PERSIST | REPLACE, IN_THE_HANDLER, SUCCESS},
    {"record stored", "EM_IDB_STORE", "record", 0, IN_THE_HANDLER, SUCCESS, .leak = 200},
    {"record deleted", "EM_IDB_DELETE", "record", 0, IN_THE_HANDLER, SUCCESS, .leak = 200},
    {"neither", "GET", "/bytes/1", REPLACE | ONLY, AT_ONCE, ERROR},

    {"no cache, only", "GET", KEPT, ONLY, IN_THE_HANDLER, ERROR, NO_INDEXEDDB, .leak = 200},
    {"no cache, store", "EM_IDB_STORE", "record", 0, IN_THE_HANDLER, ERROR, NO_INDEXEDDB,
     .leak = 200},
    {"no cache, delete", "EM_IDB_DELETE", "record", 0, IN_THE_HANDLER, ERROR, NO_INDEXEDDB,
     .leak = 200},
    {"no cache, download", "GET", "/bytes/1000", LOAD, IN_THE_HANDLER, SUCCESS, NO_INDEXEDDB},

    {"closed in a lookup: hit", "GET", KEPT, LOAD, AT_ONCE, ERROR},
    {"closed in a lookup: miss", "GET", "/uri/never", LOAD, AT_ONCE, ERROR},
    {"closed in a lookup: only", "GET", "missing", LOAD | ONLY, AT_ONCE, ERROR, .leak = 200},
    {"closed in a lookup: stored", "GET", "/uri/never", LOAD | PERSIST, AT_ONCE, ERROR},
    {"closed in a store", "EM_IDB_STORE", "record", 0, AT_ONCE, ERROR},
    {"closed in a deletion", "EM_IDB_DELETE", "record", 0, AT_ONCE, ERROR},
    {"closed after a miss", "GET", "/slow/60000", LOAD, AFTER_THE_MISS, ERROR},
    {"closed while it is stored", "GET", "/bytes/1003", LOAD | PERSIST | REPLACE, WHILE_STORING,
     EITHER},

    // Upstream recurses until the stack is full.
    {"closed in flight", "GET", "/slow/60000", LOAD | REPLACE, AT_ONCE, ERROR},
    {"closed at the headers", "GET", "/drip/3/20", LOAD | REPLACE, AT_THE_HEADERS, ERROR},
    {"closed in onprogress", "GET", "/drip/3/20", LOAD | REPLACE, IN_ON_PROGRESS, ERROR},
    {"closed at readyState 4", "GET", "/bytes/1000", LOAD | REPLACE, AT_READY_STATE_4, ERROR},
    {"closed after readyState 4", "GET", "/bytes/1000", LOAD | REPLACE, AFTER_READY_STATE_4, ERROR},
    {"send() throws", "GET", "/bytes/1000", LOAD | REPLACE, IN_THE_HANDLER, ERROR, SEND_THROWS},
    {},
};

const Case stream_cases[] = {
    {"stream", "GET", "/drip/3/5", LOAD | STREAM | REPLACE, IN_THE_HANDLER, SUCCESS},
    {"stream, HTTP error", "GET", "/status/404", LOAD | STREAM | REPLACE, IN_THE_HANDLER, ERROR},
    {"stream, closed in onprogress", "GET", "/drip/3/20", LOAD | STREAM | REPLACE, IN_ON_PROGRESS,
     ERROR},
    {"stream, closed in flight", "GET", "/slow/60000", LOAD | STREAM | REPLACE, AT_ONCE, ERROR},
    {"stream, network error", "GET", NOBODY, LOAD | STREAM | REPLACE, IN_THE_HANDLER, ERROR},
    {"stream, body breaks off", "GET", "/reset/1000", LOAD | STREAM | REPLACE, IN_THE_HANDLER,
     ERROR},
    {},
};

const Case worker_cases[] = {
    {"synchronous", "GET", "/bytes/1000", LOAD | REPLACE | WAIT, AFTER_IT_RETURNED, SUCCESS},
    {"synchronous, HTTP error", "GET", "/status/404", LOAD | REPLACE | WAIT, AFTER_IT_RETURNED,
     ERROR},
    {"synchronous, closed in the handler", "GET", "/bytes/1000", LOAD | REPLACE | WAIT,
     IN_THE_HANDLER, SUCCESS},
    {"synchronous, network error", "GET", NOBODY, LOAD | REPLACE | WAIT, IN_THE_HANDLER, ERROR},
    {},
};
