// Runs each case some times, one after the other, and measures the heap.
#include "cases.h"

#include <emscripten.h>
#include <emscripten/eventloop.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch_runtime.h"

#define ROUNDS 10

// In Rust.
void cases_ended(bool is_good);

int in_use(void);
void end_program(int status);

static const Case *now;
static int round_of_case, passes, failures, calls[2], in_use_before;
static emscripten_fetch_t *open_fetch;
static bool has_closed, is_over;

static void start(void *unused);
static void run_case(void *unused);

int in_use(void) { return mallinfo().uordblks; }

EM_JS(bool, is_worker, (void), { return typeof document == "undefined" })

EM_JS(bool, has_streams, (void), { return typeof FetchXHR == "function" })

EM_JS(int, keepalive, (void), { return runtimeKeepaliveCounter })

EM_JS(void, call_in_microtask, (void *callback), {
    queueMicrotask(() => wasmTable.get(callback)())
})

EM_JS(void, break_host, (int host), {
    var send = XMLHttpRequest.prototype.send, db = Fetch.dbInstance;
    if (host == 1) Fetch.dbInstance = undefined;
    if (host == 2) XMLHttpRequest.prototype.send = () => { throw new Error("on purpose") };
    globalThis.mendHost = () => { XMLHttpRequest.prototype.send = send; Fetch.dbInstance = db };
})

EM_JS(void, mend_host, (void), { globalThis.mendHost() })

// The requests for a path, as the server has counted them; then calls back.
EM_JS(void, count_requests, (const char *path, void *callback), {
    fetch("/requests?path=" + UTF8ToString(path)).then((r) => r.text()).then((text) => wasmTable.get(callback)(+text))
})

static void close_open(void) {
    if (has_closed) return;
    has_closed = true;
    int result = emscripten_fetch_close(open_fetch);
    if (result != EMSCRIPTEN_RESULT_SUCCESS && HEALED) {
        printf("FAILED: %s: the close has returned %d\n", now->name, result);
        failures++;
    }
}

static void close_later(void *unused) {
    (void)unused;
    close_open();
}

static void next(void) {
    emscripten_set_timeout(round_of_case < ROUNDS ? start : run_case, 0, NULL);
}

// As in Emscripten's documentation: each closes.
static void over(emscripten_fetch_t *fetch, bool is_success) {
    calls[is_success]++;
    if (now->moment == FORCED_IN_THE_HANDLER && fetch->id == 0) fetch->id = 0xffff;
    if (now->moment == AFTER_THE_HANDLER || now->moment == AFTER_IT_RETURNED) {
        open_fetch = fetch;
        if (now->moment == AFTER_THE_HANDLER) emscripten_set_timeout(close_later, 0, NULL);
    } else {
        has_closed = true;
        emscripten_fetch_close(fetch);
        if (now->moment == TWICE_IN_THE_HANDLER) {
            if (emscripten_fetch_close(fetch) != EMSCRIPTEN_RESULT_INVALID_PARAM) {
                printf("FAILED: %s: a second close is not refused\n", now->name);
                failures++;
            }
        }
    }
    if (now->moment != AFTER_IT_RETURNED) next();
}

static void downloadSucceeded(emscripten_fetch_t *fetch) { over(fetch, true); }

static void downloadFailed(emscripten_fetch_t *fetch) { over(fetch, false); }

static void downloadProgress(emscripten_fetch_t *fetch) {
    open_fetch = fetch;
    if (now->moment == IN_ON_PROGRESS) close_open();
}

static void on_ready_state(emscripten_fetch_t *fetch) {
    open_fetch = fetch;
    if (fetch->readyState == 2 && now->moment == AT_THE_HEADERS) close_open();
    if (fetch->readyState != 4) return;
    if (now->moment == AT_READY_STATE_4) close_open();
    if (now->moment == AFTER_READY_STATE_4) call_in_microtask(close_open);
    if (now->moment == WHILE_STORING) emscripten_set_timeout(close_later, 0, NULL);
}

static void close_after_miss(void *unused) {
    if (open_fetch->id) close_open();
    else emscripten_set_timeout(close_after_miss, 1, unused);
}

static void start(void *unused) {
    (void)unused;
    static const char record[1000] = "a record";
    round_of_case++;
    has_closed = false;
    emscripten_fetch_attr_t attr;
    fetch_runtime_attr(&attr, now->method, now->flags, downloadSucceeded, downloadFailed);
    attr.onprogress = downloadProgress;
    attr.onreadystatechange = on_ready_state;
    attr.timeoutMSecs = now->timeout;
    if (!strcmp(now->method, "EM_IDB_STORE")) {
        attr.requestData = record;
        attr.requestDataSize = sizeof record;
    }
    if (now->host) break_host(now->host);
    emscripten_fetch_t *fetch = emscripten_fetch(&attr, now->url);
    if (now->host) mend_host();
    switch (now->moment) {
    case AFTER_THE_MISS:
        open_fetch = fetch;
        close_after_miss(NULL);
        break;
    case AT_ONCE:
        open_fetch = fetch;
        close_open();
        break;
    case AFTER_IT_RETURNED:
        open_fetch = fetch;
        close_open();
        next();
        break;
    default:
        break;
    }
}

static void fail_case(const char *what, double count) {
    printf("FAILED: %s: %s: %g\n", now->name, what, count);
    failures++;
}

// Waits until JavaScript has done all that it was asked for, and what was put off is freed.
static void end_case(void *started) {
    int grown = in_use() - in_use_before;
    bool is_over = keepalive() == 1 && (!grown || !passes || !HEALED);
    if (!is_over && emscripten_get_now() - *(double *)started < 20000) {
        emscripten_set_timeout(end_case, 1, started);
        return;
    }
    bool has_successes = now->end == SUCCESS || now->end == EITHER;
    bool has_errors = now->end == ERROR || now->end == EITHER;
    int all = now->end == NO_CALLBACK ? 0 : ROUNDS;
    if (calls[0] + calls[1] != all) fail_case("callbacks", calls[0] + calls[1]);
    if (calls[0] && !has_errors) fail_case("onerror", calls[0]);
    if (calls[1] && !has_successes) fail_case("onsuccess", calls[1]);
    if (keepalive() != 1) fail_case("reasons to stay alive", keepalive());
    if (passes) {
        double leak = (double)grown / ROUNDS;
        if (HEALED ? leak != 0 : leak < now->leak) fail_case("bytes leaked by each fetch", leak);
        printf("%-36s %3d onsuccess, %3d onerror, %d bytes more in use\n", now->name, calls[1],
               calls[0], grown);
    }
    now++;
    round_of_case = 0;
    run_case(NULL);
}

static void count_never(int requests) {
    if (requests) {
        printf("FAILED: %d requests were sent after their close\n", requests);
        failures++;
    }
    cases_ended(!failures);
}

static void next_table(void) {
    static int table;
    const Case *tables[] = {
        page_cases,
        has_streams() ? stream_cases : NULL,
        is_worker() ? worker_cases : NULL,
    };
    for (; table < 3; table++) {
        if (tables[table]) {
            now = tables[table++];
            return run_case(NULL);
        }
    }
    table = 0;
    if (++passes == 2 && !HEALED) end_program(failures > 0);
    if (passes == 2) return count_requests("/uri/never", count_never);
    next_table();
}

static void run_case(void *unused) {
    (void)unused;
    static double started;
    while (!HEALED && now->name && !now->leak) now++;
    if (!now->name) return next_table();
    if (round_of_case) {
        started = emscripten_get_now();
        emscripten_set_timeout(end_case, 0, &started);
        return;
    }
    calls[0] = calls[1] = 0;
    in_use_before = in_use();
    start(NULL);
}

static void stored(emscripten_fetch_t *fetch) {
    fetch_runtime_close(fetch);
    next_table();
}

// The runtime must not exit by itself.
static void at_exit(void) {
    if (is_over) return;
    printf("FAILED: the runtime exits, and the program is not over\n");
    abort();
}

void end_program(int status) {
    is_over = true;
    emscripten_force_exit(status);
}

// Stores the file of the hits.
void run_cases(void) {
    atexit(at_exit);
    emscripten_runtime_keepalive_push();
    emscripten_fetch_attr_t attr;
    fetch_runtime_attr(&attr, "GET",
                       EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | EMSCRIPTEN_FETCH_PERSIST_FILE |
                           EMSCRIPTEN_FETCH_REPLACE,
                       stored, stored);
    emscripten_fetch(&attr, "/bytes/100000");
}
