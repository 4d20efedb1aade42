// The JavaScript that suspends the stack: JavaScript Promise Integration (JSPI).
#include <emscripten/em_js.h>

typedef int suspender(int at_once);

// Puts a function into the slot of the table, if the browser has JSPI. The function suspends the
// stack that calls it, and returns 1 when the stack goes on. If the stack cannot be suspended, the
// browser throws an exception between that function and JS. Only WebAssembly can catch it there,
// without a frame of JS on the stack: so the function is a module of its own.
EM_JS(suspender *, fetch_runtime_suspender_js, (suspender *slot), {
    try {
        wasmTable.fetch_runtime_suspender ||= new WebAssembly.Instance(
            new WebAssembly.Module(new Uint8Array([
                0, 97, 115, 109, 1, 0, 0, 0,
                // (type (func (param i32))) (type (func (param i32) (result i32)))
                1, 10, 2, 96, 1, 127, 0, 96, 1, 127, 1, 127,
                // (import "" "" (func (type 0))) (func (export "") (type 1)
                2, 5, 1, 0, 0, 0, 0, 3, 2, 1, 1, 7, 4, 1, 0, 0, 1, 10, 22, 1, 20, 0,
                // (block (try_table (catch_all 0) (call 0 (local.get 0)) (return (i32.const 1))))
                2, 64, 31, 64, 1, 2, 0, 32, 0, 16, 0, 65, 1, 15, 11, 11,
                // (i32.const 0))
                65, 0, 11
            ])),
            { "": { "": new WebAssembly["Suspending"](async at_once => {
                if (!at_once) await new Promise(resolve => wasmTable.fetch_runtime_resume = resolve);
                // The program has ended meanwhile.
                if (typeof ABORT == "boolean" && ABORT) await new Promise(() => {})
            }) } }
        ).exports[""];
        wasmTable.set(slot, wasmTable.fetch_runtime_suspender)
    } catch (e) {}
    return slot
})

EM_JS(void, fetch_runtime_resume_js, (), { wasmTable.fetch_runtime_resume?.() })

// Stays in its slot where the browser has no JSPI.
static int cannot_suspend(int at_once) { return 0; }

// Suspends the stack: until the next call of `fetch_runtime_resume`, or, with `at_once`, only for a
// microtask. Returns 0 if this stack cannot be suspended.
int fetch_runtime_suspend(int at_once) { return fetch_runtime_suspender_js(cannot_suspend)(at_once); }

void fetch_runtime_resume(void) { fetch_runtime_resume_js(); }
