// The JavaScript for entries: bodies that the cache stores with the head of their response.
//
// An entry consists of two records, which one transaction writes. The body is a view, and behind
// the view its buffer has a random tag. The head is an object under an array key, which no other
// program uses, with the same tag. So a body that anything else has stored since has no head.
#include <emscripten/em_js.h>
#include <emscripten/em_macros.h>
#include <stdlib.h>

EM_JS_DEPS(fetch_runtime_entry, "$UTF8ToString,$stringToNewUTF8")

// Puts a database in the place of upstream's, until the next transaction begins or
// `fetch_runtime_entry_end` is called. A lookup has `decide` called with the text of an entry, and
// `compare`, unless it is null, with its body: see `start_with_entry`.
EM_JS(void, fetch_runtime_entry_begin_js, (const char *url, void *decide, void *compare, void *token, void *release), {
    var db = Fetch.fetch_runtime_db = Fetch.dbInstance, same = 0,
        has_tag = (v, head) => {
            var end = v.byteOffset + v.byteLength;
            return v instanceof Uint8Array && head && head.tag && v.buffer.byteLength == end + 16
                && "" + new Uint8Array(v.buffer, end) == "" + head.tag
        };
    // The URL is absolute.
    try { same = new URL(UTF8ToString(url)).origin == globalThis.origin } catch (e) {}
    // Its transactions read and write by `get` and `put`, and all else is the database's. The budget
    // reads and writes its notes, whose keys are arrays. `bodies` reads a body without its head.
    Fetch.fetch_runtime_entries = (db, get, put) => ({
        get fetch_runtime_pending() { return db.fetch_runtime_pending },
        set fetch_runtime_pending(all) { db.fetch_runtime_pending = all },
        addEventListener(name, f) { db.addEventListener(name, f) },
        transaction(names, mode) {
            Fetch.dbInstance = db;
            var work = db.transaction(names, mode), files = work.objectStore("FILES");
            return Object.defineProperty(work, "objectStore", { value: () => ({
                transaction: work,
                bodies: files,
                get: key => get(files, key),
                put: (v, key) => typeof key == "string" ? put(files, v, key) : files.put(v, key),
                delete: key => (typeof key == "string" && files.delete(["fetch-runtime", key]), files.delete(key)),
                getAll: range => files.getAll(range),
                getAllKeys: range => files.getAllKeys(range)
            }) })
        }
    });
    if (db) Fetch.dbInstance = Fetch.fetch_runtime_entries(db, (files, key) => {
        var q = {}, body = files.get(key), found = files.get(["fetch-runtime", key]);
        // The requests of a transaction end in their order.
        found.onsuccess = e => {
            // The connection has ended.
            if (!q.onsuccess) return;
            var v = body.result, head = found.result, answer = 0, budget = Fetch.fetch_runtime_budget, refusal, to, xhrs = Fetch.xhrs, allocate = xhrs.allocate, text,
                set = value => Object.defineProperty(xhrs, "allocate", { value, configurable: true, writable: true });
            try {
                if (v && has_tag(v, head) && (text = stringToNewUTF8(head.text))) {
                    answer = wasmTable.get(decide)(token, text, same && !head.cross ? 1 : 0) >>> 0;
                    wasmTable.get(release)(text);
                    // The stand-in of cache.c compares a body that is the response.
                    if (compare && answer != 1) {
                        if (to = wasmTable.get(compare)(token, v.byteLength)) HEAPU8.set(v, to >>> 0);
                        if (refusal = wasmTable.get(compare)(token, -3)) answer = 0;
                        if (refusal == 1) {
                            // Only this one: another may be there by then.
                            var all = db.transaction(["FILES"], "readwrite").objectStore("FILES");
                            all.get(key).onsuccess = e => {
                                if (!has_tag(e.target.result, head)) return;
                                all.delete(key);
                                all.delete(["fetch-runtime", key]);
                                all.delete(["fetch-runtime-used", key])
                            }
                        }
                    }
                    if (budget && answer != 1 && !refusal) budget.used(key)
                }
            } catch (e) { console.error(e); answer = 0 }
            q.result = answer == 1 ? v : 0;
            if (answer > 1) set(xhr => {
                set(allocate);
                xhr.fetch_runtime_entry = { key, v, head };
                for (var line of UTF8ToString(answer).split("\n")) if (line) xhr.setRequestHeader(...line.split(": "));
                return allocate.call(xhrs, xhr)
            });
            try { q.onsuccess(e) } finally { if (answer > 1) set(allocate) }
        };
        body.onerror = found.onerror = e => q.onerror && q.onerror(e);
        return q
    })
})

EM_JS(void, fetch_runtime_entry_end_js, (), {
    Fetch.dbInstance = Fetch.fetch_runtime_db;
    Fetch.fetch_runtime_db = 0
})

// Has the body of a complete response stored as an entry with this text.
EM_JS(void, fetch_runtime_entry_keep_js, (int id, const char *text, void *store), {
    var xhr = Fetch.xhrs.get(id), db = Fetch.dbInstance, cross = 1;
    text = UTF8ToString(text);
    try { cross = new URL(xhr.responseURL).origin == globalThis.origin ? 0 : 1 } catch (e) {}
    if (db) Fetch.dbInstance = Fetch.fetch_runtime_entries(db, 0, (files, v, key) => {
        var size = v.byteLength, all = new Uint8Array(size + 16), tag = crypto.getRandomValues(new Uint8Array(16)), q;
        all.set(new Uint8Array(v));
        all.set(tag, size);
        q = files.put(all.subarray(0, size), key);
        // Without it, there is a body without a head.
        try { files.put({ tag, text, size, cross, time: Date.now() }, ["fetch-runtime", key]) }
        catch (e) { console.error(e) }
        return q
    });
    wasmTable.get(store)(id, 0);
    Fetch.dbInstance = db;
    var load = xhr.onload;
    xhr.onload = e => { try { load(e) } finally { Fetch.dbInstance = db } }
})

// Returns the length of the body of the entry that the request has asked about. Unless `to` is
// null, copies the body there. Returns -2 if it is too long, or after an exception.
EM_JS(int, fetch_runtime_entry_body_js, (int id, void *to), {
    try {
        var v = Fetch.xhrs.get(id).fetch_runtime_entry.v;
        if (to) HEAPU8.set(v, to >>> 0);
        return v.byteLength < 2147483648 ? v.byteLength : -2
    } catch (e) { console.error(e); return -2 }
})

// Replaces the text of that entry, if the cache still has it. If `text` is null, deletes the head.
EM_JS(void, fetch_runtime_entry_update_js, (int id, const char *text), {
    try {
        var { key, head } = Fetch.xhrs.get(id).fetch_runtime_entry, at = ["fetch-runtime", key],
            files = Fetch.dbInstance.transaction(["FILES"], "readwrite").objectStore("FILES"), q = files.get(at);
        text = text && UTF8ToString(text);
        q.onsuccess = () => {
            var now = q.result;
            try {
                if (now && "" + now.tag == "" + head.tag) text ? files.put({ ...now, text, time: Date.now() }, at) : files.delete(at)
            } catch (e) { console.error(e) }
        }
    } catch (e) { console.error(e) }
})

// Returns the URL of a response after redirects, in memory from malloc.
EM_JS(char *, fetch_runtime_entry_url_js, (int id), {
    try { return stringToNewUTF8(Fetch.xhrs.get(id).responseURL) }
    catch (e) { console.error(e); return 0 }
})

void fetch_runtime_entry_begin(const char *url, void *decide, size_t (*compare)(void *, double), void *token) {
    fetch_runtime_entry_begin_js(url, decide, compare, token, free);
}

void fetch_runtime_entry_end(void) { fetch_runtime_entry_end_js(); }

void fetch_runtime_store(int id, int refuse);

void fetch_runtime_entry_keep(int id, const char *text) { fetch_runtime_entry_keep_js(id, text, fetch_runtime_store); }

int fetch_runtime_entry_body(int id, void *to) { return fetch_runtime_entry_body_js(id, to); }

void fetch_runtime_entry_update(int id, const char *text) {
    fetch_runtime_entry_update_js(id, text);
}

char *fetch_runtime_entry_url(int id) { return fetch_runtime_entry_url_js(id); }
