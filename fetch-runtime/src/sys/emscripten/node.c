// The JavaScript for hosts that have `fetch`, but no XMLHttpRequest, such as Node.
#include <emscripten/em_js.h>

// Derives XMLHttpRequest from upstream's class for streams. Returns 0 if the program is linked
// without that class, which has `fetch` behind the properties of an XMLHttpRequest, but
// - calls `onerror` and `ontimeout` too early, and `onload` after them;
// - keeps the last of several headers of one name;
// - takes a response without a body for an error.
EM_JS(int, fetch_runtime_node_js, (), {
    if (typeof FetchXHR != "function") return 0;
    globalThis.XMLHttpRequest = class extends FetchXHR {
        constructor() {
            super();
            for (let name of ["onerror", "ontimeout"]) {
                let call;
                Object.defineProperty(this, name, { set: value => { call = value }, get: () => () => {
                    if (name == "onerror" && this.readyState == 3 && (this._method == "HEAD" || [204, 205, 304].includes(this.status))) {
                        this.response = new ArrayBuffer(0);
                        this.statusText = this.reason;
                        return
                    }
                    this.response = this._responseHeaders = null;
                    this.responseURL = this.statusText = "";
                    this.status = 0;
                    this._changeReadyState(4);
                    this._aborted = true;
                    call()
                } })
            }
        }
        open(...all) {
            super.open(...all);
            this._headers = new Headers(this._headers)
        }
        setRequestHeader(name, value) { this._headers.append(name, value) }
        overrideMimeType() {}
        _changeReadyState(state) {
            if (state == 2) this.reason = this.statusText;
            super._changeReadyState(state)
        }
    };
    return 1
})

int fetch_runtime_node(void) { return fetch_runtime_node_js(); }
