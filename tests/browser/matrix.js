// Faults of the browser's own objects for the rows of the matrix, and the moments of a request.
globalThis.matrix ??= (() => {
    const all = [
        [XMLHttpRequest.prototype, 'send'],
        [IDBDatabase.prototype, 'transaction'],
        [IDBObjectStore.prototype, 'put'],
        [IDBObjectStore.prototype, 'delete'],
        [ReadableStreamDefaultReader.prototype, 'read'],
        [globalThis, 'setTimeout'],
    ];
    if (typeof FetchXHR == 'function') {
        all.push([FetchXHR.prototype, 'send'], [FetchXHR.prototype, '_changeReadyState']);
    }
    const real = all.map(([object, name]) => object[name]);
    const { send, put, delete: remove } = { send: real[0], put: real[2], delete: real[3] };
    const { read } = ReadableStreamDefaultReader.prototype;
    const database = Fetch.dbInstance;

    let moment = null;
    // Calls the program once: the handler may start the same request again.
    const come = (which, call) => {
        if (which === moment) {
            moment = null;
            call(() => wasmTable.get(matrix.action)());
        }
    };
    // When nothing of Emscripten is on the stack any more.
    const soon = (call) => queueMicrotask(call);
    const now = (call) => call();

    const matrix = {
        reset() {
            all.forEach(([object, name], i) => { object[name] = real[i]; });
            Fetch.dbInstance = database;
            moment = null;
        },
        unavailable() {
            Fetch.dbInstance = false;
        },
        // As after the browser has closed the connection.
        throwing() {
            IDBDatabase.prototype.transaction = () => {
                throw new DOMException('closing', 'InvalidStateError');
            };
        },
        // As when there is no room.
        full() {
            IDBObjectStore.prototype.put = function (...record) {
                const request = put.apply(this, record);
                come('Store', soon);
                this.transaction.abort();
                return request;
            };
            IDBObjectStore.prototype.delete = function (key) {
                const request = remove.call(this, key);
                this.transaction.abort();
                return request;
            };
        },
        // A stored record is deleted at once, so that the same request misses again.
        forgetful() {
            IDBObjectStore.prototype.put = function (...record) {
                const request = put.apply(this, record);
                come('Store', soon);
                // Without its body, the head of an entry is nothing.
                if (!Array.isArray(record[1])) remove.call(this, record[1]);
                return request;
            };
        },
        fill_with(key, value) {
            const files = Fetch.dbInstance.transaction(['FILES'], 'readwrite').objectStore('FILES');
            put.call(files, value, key);
        },
        fill(key, body) {
            const files = Fetch.dbInstance.transaction(['FILES'], 'readwrite').objectStore('FILES');
            put.call(files, new TextEncoder().encode(body), key);
        },
        // As fetch-runtime stores it.
        fill_entry(key, body, control) {
            const files = Fetch.dbInstance.transaction(['FILES'], 'readwrite').objectStore('FILES');
            const bytes = new TextEncoder().encode(body);
            const all = new Uint8Array(bytes.length + 16).fill(7);
            all.set(bytes);
            put.call(files, all.subarray(0, bytes.length), key);
            const now = Math.floor(Date.now() / 1000);
            const text = `1\n${now}\n${now}\nHalf\n\n0\n0\ncache-control: ${control}\r\netag: "1"\r\n`;
            const tag = new Uint8Array(16).fill(7);
            put.call(files, { tag, text, size: bytes.length, cross: 0 }, ['fetch-runtime', key]);
        },
        throwing_send() {
            XMLHttpRequest.prototype.send = () => { throw new DOMException('no', 'NetworkError'); };
        },
        // The library itself counts the minute of a request.
        deadline(ms) {
            const set = globalThis.setTimeout;
            globalThis.setTimeout = (call, after, ...more) =>
                set(call, after === 60_000 ? ms : after, ...more);
        },
        // Chunks as large as a browser may make them.
        huge_chunks() {
            ReadableStreamDefaultReader.prototype.read = async function () {
                const result = await read.call(this);
                return result.done ? result : { done: false, value: new Uint8Array(8 << 20) };
            };
        },
        // Calls the program, once, when a request that is sent from now on is at this moment.
        at(which) {
            moment = which;
            XMLHttpRequest.prototype.send = function (body) {
                send.call(this, body);
                come('Headers', soon);
                this.addEventListener('readystatechange', () => {
                    if (this.readyState === 4) come('ReadyState4', now);
                    else come({ 2: 'Body', 3: 'Done' }[this.readyState], soon);
                });
            };
            if (typeof FetchXHR != 'function') return;
            const { send: stream, _changeReadyState: change } = FetchXHR.prototype;
            FetchXHR.prototype.send = function (body) {
                const progress = this.onprogress;
                this.onprogress = (event) => {
                    progress(event);
                    come('Done', soon);
                };
                const sent = stream.call(this, body);
                come('Headers', soon);
                return sent;
            };
            FetchXHR.prototype._changeReadyState = function (state) {
                change.call(this, state);
                come({ 2: 'Body' }[state], soon);
            };
        },
    };
    return matrix;
})();
