// The JavaScript for the back pressure of streams.
#include <emscripten/em_js.h>

// Makes the next call of the browser's `fetch` that of a gated stream, and returns its gate. The
// stream is read only while fewer than 16 of its chunks wait.
EM_JS(int, fetch_runtime_gate_js, (), {
    var fetch = globalThis.fetch, gates = Fetch.fetch_runtime_gates ||= [], at = gates.indexOf(null);
    var gate = { waiting: 0, undo() { globalThis.fetch = fetch } };
    var wait = () => new Promise(go => { if (gate.waiting < 16) go(); else gate.go = go });
    globalThis.fetch = (...args) => {
        gate.undo();
        return fetch(...args).then(response => {
            var body = response.body;
            if (body) body.getReader = () => {
                var reader = ReadableStream.prototype.getReader.call(body), read = reader.read.bind(reader);
                reader.read = () => wait().then(read);
                return reader
            };
            return response
        })
    };
    if (at < 0) at = gates.length;
    gates[at] = gate;
    return at
})

// Makes `fetch` the browser's again: the start is over.
EM_JS(void, fetch_runtime_gate_started_js, (int at), { Fetch.fetch_runtime_gates[at].undo() })

// Counts the chunks that wait.
EM_JS(void, fetch_runtime_gate_count_js, (int at, int by), {
    var gate = Fetch.fetch_runtime_gates[at];
    gate.waiting += by;
    if (gate.waiting < 16) gate.go?.()
})

// Forgets the gate, and opens it for ever.
EM_JS(void, fetch_runtime_gate_drop_js, (int at), {
    var gates = Fetch.fetch_runtime_gates, gate = gates[at];
    gates[at] = null;
    gate.waiting = -Infinity;
    gate.go?.()
})

int fetch_runtime_gate(void) { return fetch_runtime_gate_js(); }

void fetch_runtime_gate_started(int at) { fetch_runtime_gate_started_js(at); }

void fetch_runtime_gate_count(int at, int by) { fetch_runtime_gate_count_js(at, by); }

void fetch_runtime_gate_drop(int at) { fetch_runtime_gate_drop_js(at); }
