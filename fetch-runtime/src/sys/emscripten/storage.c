// The JavaScript that asks about the storage of the origin.
#include <emscripten/em_js.h>
#include <emscripten/em_macros.h>
#include <stddef.h>

EM_JS_DEPS(fetch_runtime_storage, "$callUserCallback")

// Begins a question: the usage and quota, to keep the storage, whether it is kept. Returns 0, or the
// reason why it cannot be asked: see `begin` in housekeeping.rs, also for the calls that follow.
EM_JS(int, fetch_runtime_storage_js, (int question, void *take, void *end, void *token), {
    try {
        var manager = globalThis["navigator"]?.["storage"],
            method = ["estimate", "persist", "persisted"][question],
            call = (code, number, limit) => callUserCallback(() => wasmTable.get(end)(token, code, number, limit));
        if (!manager?.[method]) return manager?.["estimate"] ? 5 : 4;
        (async () => {
            var answer = await manager[method]();
            return question ? [0, answer, -1] : [0, answer["usage"], answer["quota"] ?? -1]
        })().catch(e => {
            try {
                var text = new TextEncoder().encode(e || "the browser has refused it"), to = wasmTable.get(take)(token, text.length) >>> 0;
                if (to) HEAPU8.set(text, to);
                return [to ? 2 : 3, 0, -1]
            } catch (e) { console.error(e); return [3, 0, -1] }
        }).then(result => call(...result));
        return 0
    } catch (e) { console.error(e); return 6 }
})

int fetch_runtime_storage(int question, size_t (*take)(void *, size_t), void (*end)(void *, int, double, double), void *token) {
    return fetch_runtime_storage_js(question, take, end, token);
}
