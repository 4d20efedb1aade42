// The JavaScript of the budget, which the stand-in for the database calls.
#include <emscripten/em_js.h>
#include <emscripten/em_macros.h>
#include <stddef.h>

EM_JS_DEPS(fetch_runtime_budget, "$Fetch")

// Sets the budget of the downloads of a namespace, in bytes; a negative one is none.
//
// A download that is stored under a budget has a note, with the key ["fetch-runtime-used", key]:
// its namespace, its size, and the times when it was last used and stored. Hits are noted later, all
// at once. Times of use increase, also if the clock is set back. A note of another shape counts as
// none.
EM_JS(void, fetch_runtime_set_budget_js, (double bytes, const char *prefix, size_t length), {
    if (typeof Fetch != "object") return;
    var own = String.fromCharCode(...HEAPU8.slice(prefix >>>= 0, prefix + (length >>> 0))), limits = Fetch.fetch_runtime_limits ||= new Map();
    bytes < 0 ? limits.delete(own) : limits.set(own, bytes);
    if (!limits.size) Fetch.fetch_runtime_budget = 0;
    if (!limits.size || Fetch.fetch_runtime_budget) return;
    var name = "fetch-runtime-used", touched = new Map(), turns = new Map(), timer = 0, last = 0, count = 0,
        now = () => last = Math.max(Date.now(), last + 0.0625),
        // The namespace of a key.
        of = key => (/^[-.0-9A-Z_a-z]+[|]/.exec(key) || [""])[0],
        isNumber = n => typeof n == "number" && n >= 0 && n < 1e14,
        // Calls `then` with the notes of the namespace, the least recently used ones first. Each is
        // [key, note].
        notes = (files, own, then) => {
            var until = own ? own.slice(0, -1) + "}" : new Uint8Array,
                range = IDBKeyRange.bound([name, own], [name, until], false, true),
                keys = files.getAllKeys(IDBKeyRange.bound(own, until, false, true)), marks = files.getAllKeys(range), found = files.getAll(range);
            found.onsuccess = () => {
                var there = new Set(keys.result), all = new Map(), hits = [...touched].filter(([key]) => of(key) == own);
                marks.result.forEach((mark, i) => {
                    var key = mark[1], note = found.result[i];
                    if (!Array.isArray(note) || note[0] !== own || of(key) != own || !isNumber(note[1]) || !isNumber(note[2])) return;
                    // Another program has deleted it.
                    if (!there.has(key)) return files.delete(mark);
                    last = Math.max(last, note[2]);
                    all.set(key, note)
                });
                // The hits are later than all notes, whatever the clock says.
                hits.forEach(([key]) => {
                    var note = all.get(key);
                    if (!note) return;
                    note[2] = now();
                    files.put(note, [name, key])
                });
                files.transaction.addEventListener("complete", () => hits.forEach(([key, n]) => touched.get(key) == n && touched.delete(key)));
                then([...all].sort((a, b) => a[1][2] - b[1][2]))
            }
        },
        // Calls `then` with the number of bytes of the parts of the namespace, and a function that
        // deletes them: see resume.c.
        parts = (files, own, then) => {
            files.getAllKeys(IDBKeyRange.bound(["fetch-runtime-part"], ["fetch-runtime-part", []])).onsuccess = e => {
                var keys = e.target.result.filter(key => of(key[1]) == own);
                then(keys.reduce((sum, key) => sum + (key[3] || 0), 0), () => keys.forEach(key => files.delete(key)))
            }
        },
        // Deletes downloads, but for `kept`, until so many bytes have gone. Returns how many have.
        evict = (files, all, kept, bytes) => {
            var gone = 0;
            for (var [key, note] of all) {
                if (gone >= bytes) break;
                if (key == kept) continue;
                files.delete(key);
                files.delete(["fetch-runtime", key]);
                files.delete([name, key]);
                gone += note[1]
            }
            return gone
        };
    Fetch.fetch_runtime_budget = {
        // A record was found.
        used(key) {
            // The latest one is the last one.
            touched.delete(key);
            touched.set(key, ++count);
            timer ||= setTimeout(() => {
                timer = 0;
                try {
                    if (!touched.size) return;
                    var files = Fetch.dbInstance.transaction(["FILES"], "readwrite").objectStore("FILES");
                    limits.forEach((n, own) => notes(files, own, () => {}))
                } catch (e) {}
            }, 1000)
        },
        // A download of this size was stored, or with a negative size another record, or none.
        wrote(files, key, size) {
            var own = of(key), bytes = limits.get(own);
            if (size < 0 || bytes === undefined) { files.delete([name, key]); return }
            notes(files, own, all => {
                files.put([own, size, now(), Date.now()], [name, key]);
                var total = all.reduce((sum, [other, note]) => other == key ? sum : sum + note[1], size);
                // The parts of downloads are the first to go.
                parts(files, own, (sum, drop) => total + sum > bytes && drop());
                evict(files, all, key, total - bytes)
            })
        },
        // Calls `then` with whether there is room for a part of this size.
        has_room(files, key, size, then) {
            var own = of(key), bytes = limits.get(own);
            if (bytes === undefined) { then(1); return }
            notes(files, own, all => parts(files, own, sum => then(all.reduce((sum, [key, note]) => sum + note[1], sum + size) <= bytes)))
        },
        // A write of this key begins. Returns a function that says whether no later one has begun,
        // and with 1 that it is over. Without a key, all writes that have begun are too early.
        turn(key) {
            if (key === undefined) { turns.clear(); return }
            var own = {};
            turns.set(key, own);
            return over => {
                var is = turns.get(key) == own;
                if (over && is) turns.delete(key);
                return is
            }
        },
        // The disk is full: makes room for a record of this size, unless it needs more than all
        // others have. Calls `then` with whether there may be room.
        room(db, key, size, then) {
            if (!limits.has(of(key))) return then(0);
            var gone = 0, all = db.fetch_runtime_pending, over = made => {
                tx.oncomplete = tx.onabort = null;
                all.delete(fail);
                then(made)
            }, fail = () => over(0);
            try { var tx = db.transaction(["FILES"], "readwrite") } catch (e) { return then(0) }
            all.add(tx.onabort = fail);
            tx.oncomplete = () => over(gone > 0);
            var files = tx.objectStore("FILES");
            notes(files, of(key), found => {
                var others = found.reduce((sum, [other, note]) => other == key ? sum : sum + note[1], 0);
                gone = others < size ? 0 : evict(files, found, key, Math.max(size, 1))
            })
        }
    }
})

void fetch_runtime_set_budget(double bytes, const char *prefix, size_t length) {
    fetch_runtime_set_budget_js(bytes, prefix, length);
}
