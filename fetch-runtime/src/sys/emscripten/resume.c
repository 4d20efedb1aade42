// The JavaScript for downloads that can be resumed.
//
// An XMLHttpRequest gives nothing of a body that has broken off. So `fetch` sends the request, and
// the XMLHttpRequest of this one fetch, which is never sent, reports on it.
//
// The cache keeps the parts of the body under array keys, which no other program uses. The head,
// under [name, key], says what they are parts of, and how many bytes there are. A part is under
// [name, key, offset, length]. The tag in the head is that of the download which may add to them:
// of several downloads of one key, the one that began last.
//
// Where the browser has Web Locks, a page that finds no record waits while another page or worker of
// the origin downloads it. Then it looks again. Requests of one page share a lock, and do not wait
// for each other.
#include <emscripten/em_js.h>
#include <emscripten/em_macros.h>
#include <emscripten/fetch.h>

EM_JS_DEPS(fetch_runtime_resumable, "$UTF8ToString")

// Has the next call of `fetch_runtime_cached` start a download that can be resumed. A request to
// another origin cannot be, as `If-Range` would need a preflight: it has the lock alone.
EM_JS(void, fetch_runtime_resumable_js, (const char *url, const char *key, const char *const *headers), {
    var db = Fetch.dbInstance, list = [], same = 0, name = "fetch-runtime-part", size = 1048576, most = 4 * size;
    url = UTF8ToString(url);
    key = UTF8ToString(key);
    // Nor can one with a password from the page's own URL, which `fetch` refuses.
    try { var to = new URL(url); same = url.startsWith("http") && to.origin == globalThis.origin && !to.username && !to.password } catch (e) {}
    if (!db) return;
    same &&= typeof fetch == "function";
    for (var at = headers >>> 0; at && HEAPU32[at >>> 2]; at += 8) list.push([UTF8ToString(HEAPU32[at >>> 2]), UTF8ToString(HEAPU32[at + 4 >>> 2])]);

    // Runs `f` in a transaction. Then calls `done`, with the error if there is one.
    var work = (f, done) => {
            try {
                if (!db.fetch_runtime_pending) {
                    var all = db.fetch_runtime_pending = new Set();
                    db.addEventListener("close", e => all.forEach(f => f(e)))
                }
                var pending = db.fetch_runtime_pending, tx = db.transaction(["FILES"], "readwrite"),
                    over = error => {
                        tx.oncomplete = tx.onabort = null;
                        pending.delete(fail);
                        done(error)
                    },
                    fail = () => over(tx.error || new Error("the browser has ended the connection"));
                pending.add(tx.onabort = fail);
                tx.oncomplete = () => over();
                try { f(tx.objectStore("FILES")) } catch (e) { console.error(e); tx.abort() }
            } catch (e) { done(e) }
        },
        report = error => error && error.name != "QuotaExceededError" && console.error(error),
        range = (...key) => IDBKeyRange.bound([name, ...key], [name, ...key, []]);

    var stand_in = xhr => {
        var state = { readyState: 1, status: 0, statusText: "", response: null, responseURL: "" }, text = "",
            tag = "" + crypto.getRandomValues(new Uint32Array(4)), controller = new AbortController(), over = 0, timer,
            // The bytes that have arrived, those that have been written, and the length of all.
            loaded = 0, written = 0, total = 0, body, keeps = 0, first, writes = 0,
            set = (name, value) => Object.defineProperty(xhr, name, { value, configurable: true, writable: true }),
            fire = (type, e) => { try { var f = xhr["on" + type]; f && f(e) } catch (e) { typeof reportError == "function" ? reportError(e) : console.error(e) } },
            change = n => { state.readyState = n; fire("readystatechange") },
            progress = () => fire("progress", { loaded, total }),
            end = type => {
                if (over) return;
                over = 1;
                clearTimeout(timer);
                if (type != "load") {
                    keep(1);
                    controller.abort();
                    Object.assign(state, { status: 0, statusText: "", response: null, responseURL: "" });
                    text = ""
                }
                change(4);
                fire(type, { loaded, total })
            },
            // A network error is a TypeError.
            fail = e => {
                if (!over && !(e instanceof TypeError)) console.error(e);
                end("error")
            },
            // Takes over the parts of an earlier download, so that no other adds to them. Without
            // memory for the body, there is none.
            claim = () => new Promise(resolve => {
                var parts = 0;
                work(files => {
                    files.get([name, key]).onsuccess = e => {
                        var head = e.target.result, at = 0, body, drop = () => { parts = 0; files.delete(range(key)) },
                            next = () => {
                                files.get(range(key, at)).onsuccess = e => {
                                    var bytes = e.target.result;
                                    if (!(bytes instanceof Uint8Array) || !bytes.length || at + bytes.length > head.size) return drop();
                                    body.set(bytes, at);
                                    at += bytes.length;
                                    xhr.fetch_runtime_has_read = 1;
                                    if (at < head.size) next()
                                }
                            };
                        if (!head) return;
                        if (head.url !== url || !(head.size > 0 && head.size <= head.total && head.total > 1)) return drop();
                        files.put({ ...head, tag }, [name, key]);
                        try { body = new Uint8Array(head.total) } catch (e) { console.error(e) }
                        // The last byte is asked for again, if there is no other: a request has to
                        // ask for something.
                        parts = { head, body, size: Math.min(head.size, head.total - 1) };
                        if (body) next()
                    }
                }, error => { report(error); resolve(error ? 0 : parts) })
            }),
            // Adds the bytes that have arrived to the parts, unless another download has taken over,
            // or the parts have been deleted. One write follows the other: a slow disk neither
            // fills the memory with copies nor slows the download down. Only the last write, at
            // the early end, does not wait. The bytes beyond `most` are not kept then.
            keep = last => {
                if (!keeps || written >= loaded || (writes && !last)) return;
                var at = written, bytes = body.slice(at, Math.min(loaded, at + most)), head = first, budget = Fetch.fetch_runtime_budget;
                written += bytes.length;
                first = 0;
                writes++;
                work(files => {
                    var put = head => {
                            files.put({ ...head, tag, size: at + bytes.length }, [name, key]);
                            files.put(bytes, [name, key, at, bytes.length])
                        },
                        add = head => budget ? budget.has_room(files, key, bytes.length, room => {
                            if (room) return put(head);
                            keeps = 0;
                            files.delete(range(key))
                        }) : put(head);
                    if (head) {
                        files.delete(range(key));
                        return add(head)
                    }
                    files.get([name, key]).onsuccess = e => {
                        var head = e.target.result;
                        // After a part that was refused, the head may be that of another version.
                        keeps && head && head.tag == tag && head.size == at ? add(head) : keeps = 0
                    }
                }, error => {
                    writes--;
                    if (!error) {
                        if (!over && loaded - written >= size) keep();
                        return
                    }
                    report(error);
                    keeps = 0;
                    // Others need the room more.
                    forget()
                })
            },
            // Deletes the parts, if they are of this download.
            forget = () => work(files => {
                files.get([name, key]).onsuccess = e => {
                    var head = e.target.result;
                    head && head.tag == tag && files.delete(range(key))
                }
            }, report),
            send = (more, redirect) => {
                var headers = new Headers(list);
                for (var field in more) headers.set(field, more[field]);
                return fetch(url, { headers, redirect, signal: controller.signal, credentials: xhr.withCredentials ? "include" : "same-origin" })
            },
            // Whether the response is exactly the rest of the same version. It is no redirect's.
            is_rest = (r, { head, size }) => {
                var get = field => r.headers.get(field), length = get("content-length");
                return r.status == 206 && r.type == "basic" && get("etag") === head.etag && get("content-encoding") === null
                    && get("content-range") === "bytes " + size + "-" + (head.total - 1) + "/" + head.total
                    && (length === null || length == head.total - size)
            },
            set_headers = all => { text = [...all].map(([field, value]) => field + ": " + value + "\r\n").join("") },
            is_strong = etag => etag && etag.length > 1 && etag[0] == '"' && etag.indexOf('"', 1) == etag.length - 1,
            run = async () => {
                var parts = await claim(), r, rest, all, told = 0, reported = 0, chunks = [], reader, lost;
                // The clock of the request begins anew.
                xhr.fetch_runtime_has_read = 1;
                if (over) return;
                if (parts && !parts.body) {
                    // There is no memory for the body. The parts stay.
                    Object.assign(state, { status: 200, statusText: parts.head.text, responseURL: url });
                    set_headers(parts.head.headers);
                    change(2);
                    return end("load")
                }
                try {
                    if (parts) {
                        // Without an answer, the whole is requested: a proxy may end each request
                        // that has a range.
                        r = await send({ "Range": "bytes=" + parts.size + "-", "If-Range": parts.head.etag }, "manual").catch(e => {
                            if (!(e instanceof TypeError)) throw e
                        });
                        if (over) return;
                        rest = r && is_rest(r, parts);
                        if (r && !rest && r.status != 200) {
                            // It is not needed.
                            if (r.body) r.body.cancel().catch(report);
                            if (r.status == 206 || r.status == 416 || r.type == "opaqueredirect") { forget(); parts = 0 }
                            r = 0
                        }
                    }
                    r ||= await send({}, "follow")
                } catch (e) { return fail(e) }
                if (over) return;
                all = new Headers(rest ? parts.head.headers : r.headers);
                if (rest) {
                    // RFC 9111, section 3.4: later headers replace those of the same name.
                    r.headers.forEach((value, field) => /^(content-(length|range)|transfer-encoding)$/.test(field) || all.set(field, value));
                    ({ body, head: { total }, size: loaded } = parts);
                    written = loaded;
                    keeps = 1
                } else {
                    var length = all.get("content-length"), etag = all.get("etag");
                    if (parts) parts.body = 0;
                    // Of a coded body, this is not the length. It can be hidden that it is coded.
                    if (r.body && r.type == "basic" && all.get("content-encoding") === null && /^[0-9]{1,15}$/.test(length)) total = +length;
                    try { if (total) body = new Uint8Array(total) } catch (e) { console.error(e); lost = 1 }
                    if (r.status == 200 && !r.redirected && body && is_strong(etag) && all.get("accept-ranges") != "none") {
                        keeps = 1;
                        // Of the same version, the parts stay, and more bytes are added to them.
                        if (parts && parts.head.etag === etag && parts.head.total == total) written = parts.size;
                        else first = { url, etag, total, text: r.statusText, headers: [...all] }
                    } else if (parts && !lost && [200, 404, 410].includes(r.status)) forget()
                }
                Object.assign(state, { status: rest ? 200 : r.status, statusText: rest ? parts.head.text : r.statusText, responseURL: r.url.split("#")[0] });
                set_headers(all);
                change(2);
                if (over) return;
                try {
                    for (reader = r.body && r.body.getReader(); reader && !lost;) {
                        var { done, value } = await reader.read();
                        if (over) return;
                        if (done) break;
                        if (total && loaded + value.length > total) {
                            keeps = 0;
                            forget();
                            return end("error")
                        }
                        place && place.hear();
                        total ? body.set(value, loaded) : chunks.push(value);
                        loaded += value.length;
                        if (loaded - written >= size) keep();
                        if (state.readyState < 3) change(3);
                        if (!over && Date.now() - told >= 50) {
                            told = Date.now();
                            reported = loaded;
                            progress()
                        }
                        if (over) return
                    }
                } catch (e) { return fail(e) }
                if (lost) controller.abort();
                else if (loaded < total) return end("error");
                if (reported < loaded) progress();
                if (over) return;
                if (!total) try {
                    var at = 0;
                    body = new Uint8Array(loaded);
                    chunks.forEach(chunk => { body.set(chunk, at); at += chunk.length })
                } catch (e) { console.error(e); lost = 1 }
                state.response = lost ? null : body.buffer;
                end("load")
            };
        Object.keys(state).forEach(name => Object.defineProperty(xhr, name, { get: () => state[name], configurable: true }));
        set("getAllResponseHeaders", () => text);
        set("fetch_runtime_has_read", 0);
        set("fetch_runtime_forget", forget);
        set("send", () => {
            if (xhr.timeout) timer = setTimeout(() => end("timeout"), Math.min(xhr.timeout, 2147483647));
            run().catch(e => { console.error(e); end("error") })
        });
        set("abort", () => {
            if (over) return;
            over = 1;
            clearTimeout(timer);
            keep(1);
            controller.abort();
            change(4)
        })
    };
    // The place of this request in the lock of its key. `go` is called when the page has the lock, or
    // cannot have one.
    var place, enter = go => {
            var locks = Fetch.fetch_runtime_locks ||= new Map(), lock = locks.get(key), timer, all, controller, open;
            place = {
                go,
                // Others need not wait for a server that is silent.
                hear() {
                    clearTimeout(timer);
                    timer = all.has(place) && setTimeout(place.leave, 30000)
                },
                leave() {
                    clearTimeout(timer);
                    if (!all.delete(place) || all.size) return;
                    if (locks.get(key) == lock) locks.delete(key);
                    lock.end()
                }
            };
            if (!lock) {
                controller = new AbortController();
                locks.set(key, lock = { all: new Set(), end() { controller.abort() } });
                open = () => {
                    lock.is_open = 1;
                    lock.all.forEach(place => queueMicrotask(place.go))
                };
                new Promise(done => done(navigator.locks.request("fetch-runtime " + key, { signal: controller.signal }, () => new Promise(end => {
                    lock.end = end;
                    lock.all.size ? open() : end()
                })))).catch(open)
            }
            all = lock.all;
            all.add(place);
            if (lock.is_open) queueMicrotask(go)
        };
    // Runs `f`, which sends the request and does nothing else, or begins a lookup.
    Fetch.fetch_runtime_resume = f => {
        var xhrs = Fetch.xhrs, allocate = xhrs.allocate, own = place,
            set = value => Object.defineProperty(xhrs, "allocate", { value, configurable: true, writable: true });
        set(xhr => {
            set(allocate);
            if (same) stand_in(xhr);
            if (own) {
                // A download that is aborted keeps its parts first.
                xhr.fetch_runtime_over = () => queueMicrotask(place.leave);
                xhr.addEventListener("progress", place.hear);
                place.hear();
                own = 0
            }
            return allocate.call(xhrs, xhr)
        });
        try { return f() } finally {
            set(allocate);
            if (own) own.leave()
        }
    };
    // The lookup has found a record.
    Fetch.fetch_runtime_resume.found = () => place && place.leave();
    // The lookup has found none. Waits for the lock, and has it look again, or calls `stop` if the
    // request is to end.
    Fetch.fetch_runtime_resume.wait = globalThis.navigator?.locks && ((token, again, stop) => {
        var waits = Fetch.fetch_runtime_waits ||= new Map(), end = f => () => waits.delete(token) && f();
        waits.set(token, () => queueMicrotask(end(stop)));
        enter(end(again))
    })
})

// Returns whether the request has read parts of an earlier download since the last call.
EM_JS(int, fetch_runtime_resumable_has_read_js, (int id), {
    var xhr = Fetch.xhrs.has(id) && Fetch.xhrs.get(id), has = xhr && xhr.fetch_runtime_has_read;
    if (has) xhr.fetch_runtime_has_read = 0;
    return has ? 1 : 0
})

// Ends the wait of the request with this token, if it waits for another page.
EM_JS(void, fetch_runtime_resumable_stop_js, (void *token), { Fetch.fetch_runtime_waits?.get(token)?.() })

// Deletes the parts of this download.
EM_JS(void, fetch_runtime_resumable_forget_js, (int id), { Fetch.xhrs.get(id).fetch_runtime_forget?.() })

// A password is sent when the server asks for it, which `fetch` cannot do.
void fetch_runtime_resumable(const emscripten_fetch_attr_t *attr, const char *url) {
    if (!attr->userName) fetch_runtime_resumable_js(url, attr->destinationPath ? attr->destinationPath : url, attr->requestHeaders);
}

int fetch_runtime_resumable_has_read(int id) { return fetch_runtime_resumable_has_read_js(id); }

void fetch_runtime_resumable_forget(int id) { fetch_runtime_resumable_forget_js(id); }

void fetch_runtime_resumable_stop(void *token) { fetch_runtime_resumable_stop_js(token); }
