// The JavaScript for requests that use the cache.
#include <emscripten/em_js.h>
#include <emscripten/em_macros.h>
#include <emscripten/fetch.h>
#include <stddef.h>

EM_JS_DEPS(fetch_runtime_cache, "$UTF8ToString,$stringToNewUTF8")

EM_JS(int, fetch_runtime_cache_is_linked_js, (), { return typeof Fetch.openDatabase == "function" })

// Starts a fetch, as `fetch_runtime_start` does.
//
// Upstream asks `Fetch.dbInstance` for a transaction. For that one call, a stand-in replaces the
// database, and corrects upstream:
// - exactly the bytes are stored, and they count as stored when the transaction is complete;
// - a record without bytes (a string, a date) counts as missing;
// - `lookup` gets the bytes of a record; upstream sees a record without bytes.
//
// The record to store is `data`, not upstream's value. If there is no record for the fetch's key,
// and unless `also` is 0, the absolute URL of the key is looked up. For the calls of `lookup`, see
// `start_cached`.
EM_JS(emscripten_fetch_t *, fetch_runtime_cached_js, (void *start, emscripten_fetch_attr_t *attr, const char *url, char **lost, int also, char *data, size_t size, void *lookup, void *token), {
    data >>>= 0;
    var db = Fetch.dbInstance, asked,
        base = also && (Fetch.fetch_runtime_base ?? globalThis.document?.baseURI ?? globalThis.location?.href),
        call = wasmTable.get(lookup), tell = n => call(token, n),
        bytes = v => v instanceof ArrayBuffer ? new Uint8Array(v)
            : ArrayBuffer.isView(v) ? new Uint8Array(v.buffer, v.byteOffset, v.byteLength) : 0;
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
                write = f => {
                    var done = (name, e) => { work.oncomplete = work.onabort = null; over(); r[name](e) }, fail = e => done("onerror", e);
                    work.oncomplete = e => { Fetch.fetch_runtime_stored = 1; try { done("onsuccess", e) } finally { Fetch.fetch_runtime_stored = 0 } };
                    listen(work.onabort = fail);
                    try { f() } catch (e) { work.abort() }
                    return r
                },
                end = f => {
                    try { f() } catch (e) {
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
                            if (!v && also) {
                                try { next = new URL(key, base).href.split("#")[0] } catch (e) {}
                                also = 0;
                                if (next && next != key) return read(next);
                            }
                            if (v && (to = tell(v.byteLength))) HEAPU8.set(v, to >>> 0);
                        } catch (e) {
                            console.error(e);
                            return end(() => r.onerror(e))
                        }
                        if (!v) return end(() => r.onsuccess({ target: {} }));
                        tell(-1);
                        r.onsuccess({ target: { result: [] } })
                    };
                    listen(q.onerror = e => { done(); end(() => r.onerror(e)) });
                    return r
                };
            return { objectStore: () => ({
                get: read,
                put: (v, key) => write(() => files.put(v.buffer ? HEAPU8.slice(data, data + size) : v, key)),
                delete: key => write(() => files.delete(key))
            }) }
        }
    });
    try {
        if (db) Fetch.dbInstance = Fetch.fetch_runtime_cache(db);
        // The URL is a key, or absolute already.
        return fetch_runtime_start_js(start, attr, url, lost, 0)
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

emscripten_fetch_t *fetch_runtime_cached(emscripten_fetch_attr_t *attr, const char *url, char **lost, int also, char *data, size_t size, size_t (*lookup)(void *, double), void *token) {
    return fetch_runtime_cached_js(emscripten_fetch, attr, url, lost, also, data, size, lookup, token);
}

void fetch_runtime_store(int id, int refuse) { fetch_runtime_store_js(id, refuse); }

int fetch_runtime_stored(void) { return fetch_runtime_stored_js(); }

char *fetch_runtime_absolute(void) { return fetch_runtime_absolute_js(); }
