// The JavaScript that lists and deletes records.
#include <emscripten/em_js.h>
#include <emscripten/em_macros.h>
#include <stddef.h>

EM_JS_DEPS(fetch_runtime_housekeeping, "$Fetch,$callUserCallback")

// Begins work on records: it lists those whose keys begin with the text (0), deletes the record of
// that key (1), or deletes those whose keys begin so (2). Returns 0, or the reason why there is no
// cache: see `begin` in housekeeping.rs, also for the calls that follow.
//
// The notes about a record have array keys, whose second element is the record's key. They are not
// listed, and are deleted with it.
EM_JS(int, fetch_runtime_records_js, (int work, const char *text, size_t length, void *take, void *end, void *token), {
    var tx, why, list = [], numbers = [0], count = 0;
    try {
        if (typeof Fetch != "object" || !Fetch.openDatabase) return 2;
        var db = Fetch.dbInstance;
        try { tx = db.transaction(["FILES"], work ? "readwrite" : "readonly") } catch (e) { return 1 }
        var encoder = new TextEncoder(), now = Date.now(),
            key = new TextDecoder("utf-8", { ignoreBOM: true }).decode(HEAPU8.slice(text >>>= 0, text + (length >>> 0))),
            // The first key behind those that begin so. Binary keys come behind all strings.
            next = key => {
                var last = key.length - 1, code = key.charCodeAt(last);
                return !key ? new Uint8Array() : code == 65535 ? next(key.slice(0, last)) : key.slice(0, last) + String.fromCharCode(code + 1)
            },
            range = wrap => work == 1 ? IDBKeyRange.only(wrap(key)) : IDBKeyRange.bound(wrap(key), wrap(next(key)), false, true),
            records = range(key => key), notes = name => range(key => [name, key]),
            say = (code, parts) => {
                tx.oncomplete = tx.onabort = null;
                pending.delete(fail);
                try {
                    var size = parts.reduce((sum, part) => sum + part.length, 0), to = size && wasmTable.get(take)(token, size) >>> 0;
                    if (size && !to) code = 3;
                    else parts.forEach(part => { HEAPU8.set(part, to); to += part.length })
                } catch (e) { console.error(e); code = 3 }
                callUserCallback(() => wasmTable.get(end)(token, code, count, -1))
            },
            fail = () => say(2, [encoder.encode(why || tx.error || "the browser has ended the connection")]);
        // If the browser ends the connection, some transactions get no event of their own.
        if (!db.fetch_runtime_pending) {
            var all = db.fetch_runtime_pending = new Set();
            db.addEventListener("close", e => all.forEach(f => f(e)))
        }
        // As fetch_runtime_check does, for a program that begins no request.
        db.onversionchange ||= () => db.close();
        var pending = db.fetch_runtime_pending, files = tx.objectStore("FILES");
        pending.add(tx.onabort = fail);
        tx.oncomplete = () => say(work ? 0 : 1, work ? [] : [new Uint8Array(new Float64Array(numbers).buffer), ...list]);
        if (work) {
            // A store that makes room for itself would undo the deletion.
            if (Fetch.fetch_runtime_budget) Fetch.fetch_runtime_budget.turn();
            Fetch.fetch_runtime_writes = -~Fetch.fetch_runtime_writes;
            files.count(records).onsuccess = e => { count = e.target.result };
            files.delete(records);
            files.delete(notes("fetch-runtime"));
            files.delete(notes("fetch-runtime-used"));
            // The parts of a record have longer keys.
            files.delete(work == 1 ? IDBKeyRange.bound(["fetch-runtime-part", key], ["fetch-runtime-part", key, []]) : notes("fetch-runtime-part"));
            return 0
        }
        var keys = files.getAllKeys(records), at = 0,
            pairs = name => [files.getAllKeys(notes(name)), files.getAll(notes(name))],
            map = ([keys, values]) => new Map(keys.result.map((key, i) => [key[1], values.result[i]])),
            headed = pairs("fetch-runtime"), noted = pairs("fetch-runtime-used"),
            // Whether the body was stored with this head: see entry.c.
            goes_with = (head, v) => {
                var end = v.byteOffset + v.byteLength;
                return v.buffer && v.buffer.byteLength == end + 16 && "" + new Uint8Array(v.buffer, end) == "" + head.tag
            },
            add = (key, size, stored) => {
                var name = encoder.encode(key);
                list.push(name);
                numbers[0]++;
                numbers.push(name.length, size, stored ? Math.max(0, now - stored) : -1)
            },
            known, heads,
            go = () => {
                for (; at < keys.result.length; ++at) {
                    var key = keys.result[at], note = known.get(key), head = heads.get(key);
                    if (Array.isArray(note) && note[1] >= 0 && note[3] >= 0) add(key, note[1], head && head.time > note[3] ? head.time : note[3]);
                    else {
                        files.get(key).onsuccess = e => {
                            var value = e.target.result, is_bytes = value instanceof ArrayBuffer || ArrayBuffer.isView(value);
                            add(key, is_bytes ? value.byteLength : 0, is_bytes && head && goes_with(head, value) ? head.time : 0);
                            ++at;
                            go()
                        };
                        return
                    }
                }
            };
        noted[1].onsuccess = () => {
            heads = map(headed);
            known = map(noted);
            go()
        };
        return 0
    } catch (e) {
        console.error(e);
        // Without a transaction, no call follows.
        if (!tx || !tx.onabort) return 6;
        why = e;
        tx.abort();
        return 0
    }
})

int fetch_runtime_records(int work, const char *text, size_t length, size_t (*take)(void *, size_t), void (*end)(void *, int, double, double), void *token) {
    return fetch_runtime_records_js(work, text, length, take, end, token);
}
