// The JavaScript for requests that use the cache.
#include <emscripten/em_js.h>
#include <emscripten/em_macros.h>
#include <emscripten/fetch.h>
#include <stddef.h>

EM_JS_DEPS(fetch_runtime_cache, "$UTF8ToString,$stringToNewUTF8")

EM_JS(int, fetch_runtime_cache_is_linked_js, (), { return typeof Fetch.openDatabase == "function" })

// Starts a fetch by `fetch_runtime_start_as_is`.
//
// Upstream asks `Fetch.dbInstance` for a transaction. For that one call, a stand-in replaces the
// database, and corrects upstream:
// - exactly the bytes are stored, and they count as stored when the transaction is complete;
// - a record without bytes (a string, a date) counts as missing;
// - `lookup` gets the bytes of a record; upstream sees a record without bytes;
// - a record that `lookup` refuses is deleted, and counts as missing.
//
// The record to store is `data`, not upstream's value. If there is no record for the fetch's key,
// and unless `also` is 0, the absolute URL of the key is looked up. `also` is 1 more than the length
// of the namespace that the key begins with. For the calls of `lookup`, see `start_cached`.
//
// On a disk that is full, the parts of downloads make room for a store, and then the budget, if the
// program has one. The budget also hears of hits, stores and deletions: see budget.c. The parts may
// be those of an earlier page: see resume.c, which also takes over the XMLHttpRequest of a download
// that can be resumed, and has its lookup wait for that of another page. Without a budget, a record
// that is written or deleted loses the note that an earlier budget has left. A record that is
// deleted loses its head, too: see entry.c.
EM_JS(emscripten_fetch_t *, fetch_runtime_cached_js, (void *start, emscripten_fetch_attr_t *attr, const char *url, char **lost, size_t also, char *data, size_t size, void *lookup, void *token), {
    data >>>= 0;
    var db = Fetch.dbInstance, asked, resume = Fetch.fetch_runtime_resume || (f => f()),
        base = also && (Fetch.fetch_runtime_base ?? globalThis.document?.baseURI ?? globalThis.location?.href),
        call = wasmTable.get(lookup), tell = n => call(token, n),
        bytes = v => v instanceof ArrayBuffer ? new Uint8Array(v)
            : ArrayBuffer.isView(v) ? new Uint8Array(v.buffer, v.byteOffset, v.byteLength) : 0;
    Fetch.fetch_runtime_resume = 0;
    Fetch.fetch_runtime_cache = (db, refuse) => ({
        transaction(names, mode) {
            Fetch.dbInstance = db;
            if (refuse) throw refuse;
            // If the browser ends the connection, some transactions get no event of their own.
            if (!db.fetch_runtime_pending) {
                var all = db.fetch_runtime_pending = new Set();
                db.addEventListener("close", e => all.forEach(f => f(e)))
            }
            var r = {}, closed, pending = db.fetch_runtime_pending, work = db.transaction(names, mode), files = work.objectStore("FILES"),
                listen = f => pending.add(closed = f),
                over = () => pending.delete(closed),
                note = (files, key, size) => Fetch.fetch_runtime_budget ? Fetch.fetch_runtime_budget.wrote(files, key, size) : files.delete(["fetch-runtime-used", key]),
                // The parts of a download that has broken off: see resume.c.
                drop = (files, key) => files.delete(IDBKeyRange.bound(["fetch-runtime-part", key], ["fetch-runtime-part", key, []])),
                // Deletes all parts. Calls `then` with whether there were any.
                give_way = (db, key, size, then) => {
                    var all = IDBKeyRange.bound(["fetch-runtime-part"], ["fetch-runtime-part", []]), tx, count,
                        done = made => { tx.oncomplete = tx.onabort = null; over(); then(made) };
                    try { tx = db.transaction(names, mode) } catch (e) { return then(0) }
                    listen(tx.onabort = () => done(0));
                    tx.oncomplete = () => done(count.result);
                    try {
                        var files = tx.objectStore("FILES");
                        count = files.count(all);
                        files.delete(all)
                    } catch (e) { tx.abort() }
                },
                write = (f, key, size) => {
                    var budget = Fetch.fetch_runtime_budget, rooms = [give_way, budget && budget.room].filter(f => f), turn = budget ? budget.turn(key) : (n => () => Fetch.fetch_runtime_writes == n)(Fetch.fetch_runtime_writes = -~Fetch.fetch_runtime_writes), done = () => { work.oncomplete = work.onabort = null; over() },
                        fail = e => {
                            done();
                            var is_full = size >= 0 && work.error?.name == "QuotaExceededError", fails = () => { turn(1); r.onerror(e) },
                                next = () => {
                                    var room = is_full && rooms.shift();
                                    if (!room) return fails();
                                    // Once more, in a transaction of its own, unless a later one was
                                    // first.
                                    room(db, key, size, made => {
                                        if (!made) return next();
                                        if (!turn()) return fails();
                                        try {
                                            work = db.transaction(names, mode);
                                            files = work.objectStore("FILES")
                                        } catch (x) { return fails() }
                                        go()
                                    })
                                };
                            next()
                        },
                        go = () => {
                            work.oncomplete = e => { turn(1); Fetch.fetch_runtime_stored = 1; try { done(); r.onsuccess(e) } finally { Fetch.fetch_runtime_stored = 0 } };
                            listen(work.onabort = fail);
                            // It may have been aborted already.
                            try { f() } catch (e) { try { work.abort() } catch (e) {} }
                        };
                    go();
                    return r
                },
                end = f => {
                    try { resume(f) } catch (e) {
                        if (!tell(-2)) throw e;
                        console.error(e);
                        return
                    }
                    tell(-1)
                },
                read = key => {
                    var q = files.get(key), done = () => { q.onsuccess = q.onerror = null; over() };
                    asked = 1;
                    q.onsuccess = () => {
                        done();
                        try {
                            var v = bytes(q.result), next, to;
                            if (v) {
                                if (to = tell(v.byteLength)) HEAPU8.set(v, to >>> 0);
                                if (tell(-3)) {
                                    // Only this one: another may be there by then.
                                    let old = v, files = db.transaction(names, "readwrite").objectStore("FILES");
                                    v = 0;
                                    (files.bodies || files).get(key).onsuccess = e => {
                                        var now = bytes(e.target.result);
                                        if (!now || now.length != old.length || now.some((b, i) => b != old[i])) return;
                                        files.delete(key);
                                        note(files, key, -1)
                                    }
                                } else if (Fetch.fetch_runtime_budget) Fetch.fetch_runtime_budget.used(key)
                            }
                            if (!v && also) {
                                try { next = key.slice(0, also - 1) + new URL(key.slice(also - 1), base).href.split("#")[0] } catch (e) {}
                                also = 0;
                                if (next && next != key) return read(next);
                            }
                        } catch (e) {
                            console.error(e);
                            return end(() => r.onerror(e))
                        }
                        if (!v) {
                            var miss = () => end(() => r.onsuccess({ target: {} })), wait = resume.wait;
                            // A request that is to end does not wait.
                            if (!wait || tell(-4)) return miss();
                            resume.wait = 0;
                            return wait(token, () => {
                                try {
                                    files = db.transaction(names, mode).objectStore("FILES");
                                    read(key)
                                } catch (e) {
                                    console.error(e);
                                    miss()
                                }
                            }, miss)
                        }
                        resume.found && resume.found();
                        tell(-1);
                        r.onsuccess({ target: { result: [] } })
                    };
                    listen(q.onerror = e => { done(); end(() => r.onerror(e)) });
                    return r
                };
            return { objectStore: () => ({
                get: read,
                put: (v, key) => write(() => {
                    files.put(v.buffer ? HEAPU8.slice(data, data + size) : v, key);
                    drop(files, key);
                    note(files, key, v.buffer ? -1 : v.byteLength)
                }, key, v.buffer ? size : v.byteLength),
                delete: key => write(() => {
                    files.delete(key);
                    files.delete(["fetch-runtime", key]);
                    drop(files, key);
                    note(files, key, -1)
                }, key, -1)
            }) }
        }
    });
    try {
        if (db) Fetch.dbInstance = Fetch.fetch_runtime_cache(db);
        // The URL is a key, or absolute already.
        return resume(() => wasmTable.get(start)(attr, url, lost))
    }
    catch (e) { console.error(e); return -1 }
    finally { Fetch.dbInstance = db; asked || tell(-1) }
})

// Prepares the store of a complete response. With `refuse`, makes the store fail.
EM_JS(void, fetch_runtime_store_js, (int id, int refuse), {
    var xhr = Fetch.xhrs.get(id), load = xhr.onload, db = Fetch.dbInstance;
    xhr.onload = e => {
        if (db) Fetch.dbInstance = Fetch.fetch_runtime_cache(db, refuse);
        try { load(e) } finally { Fetch.dbInstance = db }
    }
})

// Returns whether the current terminal callback comes from a completed transaction.
EM_JS(int, fetch_runtime_stored_js, (), {
    var stored = Fetch.fetch_runtime_stored;
    Fetch.fetch_runtime_stored = 0;
    return stored
})

// Returns the absolute URL without its fragment, in memory from malloc. It is that of the URL which
// `fetch_runtime_check` parsed last.
EM_JS(char *, fetch_runtime_absolute_js, (), {
    try { return stringToNewUTF8(Fetch.fetch_runtime_url.href.split("#")[0]) }
    catch (e) { console.error(e); return 0 }
})

int fetch_runtime_cache_is_linked(void) { return fetch_runtime_cache_is_linked_js(); }

emscripten_fetch_t *fetch_runtime_start_as_is(emscripten_fetch_attr_t *attr, const char *url, char **lost);

emscripten_fetch_t *fetch_runtime_cached(emscripten_fetch_attr_t *attr, const char *url, char **lost, size_t also, char *data, size_t size, size_t (*lookup)(void *, double), void *token) {
    return fetch_runtime_cached_js(fetch_runtime_start_as_is, attr, url, lost, also, data, size, lookup, token);
}

void fetch_runtime_store(int id, int refuse) { fetch_runtime_store_js(id, refuse); }

int fetch_runtime_stored(void) { return fetch_runtime_stored_js(); }

char *fetch_runtime_absolute(void) { return fetch_runtime_absolute_js(); }
