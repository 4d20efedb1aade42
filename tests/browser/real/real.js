// Helpers for the tests of real failures: records in the program's object store, and a look at its
// memory.
globalThis.real ??= (() => {
    let connection;
    // A connection of its own, as that of another program of this origin.
    const open = () => (connection ??= new Promise((resolve, reject) => {
        const request = indexedDB.open('emscripten_filesystem', 1);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    }));
    // `real.done` is true when the transaction is over; an error is an unhandled rejection.
    const transaction = async (mode, work) => {
        real.done = false;
        const tx = (await open()).transaction(['FILES'], mode);
        await new Promise((resolve, reject) => {
            tx.oncomplete = resolve;
            tx.onabort = () => reject(tx.error);
            work(tx.objectStore('FILES'));
        });
        real.done = true;
    };

    const real = {
        done: false,
        put: (key, value) => transaction('readwrite', (files) => files.put(value, key)),
        delete: (key) => transaction('readwrite', (files) => files.delete(key)),
        // Describes a record in `real.record`: its type, its length, and that of the buffer behind
        // it.
        look(key) {
            real.record = '';
            return transaction('readonly', (files) => {
                files.get(key).onsuccess = ({ target: { result } }) => {
                    const type = Object.prototype.toString.call(result).slice(8, -1);
                    const buffer = result?.buffer ?? result;
                    real.record = `${type} ${result?.byteLength} ${buffer?.byteLength}`;
                };
            });
        },
        // Moves the times in the head of this key's entry by so many seconds. Without its `Date`,
        // they alone say how old it is.
        shift: (key, seconds) => transaction('readwrite', (files) => {
            const at = ['fetch-runtime', key];
            files.get(at).onsuccess = ({ target: { result } }) => {
                const lines = result.text.split('\n');
                for (const line of [1, 2]) lines[line] = String(Number(lines[line]) + seconds);
                const text = lines.filter((line) => !/^date:/i.test(line)).join('\n');
                files.put({ ...result, text }, at);
            };
        }),
        // Reads the notes about the record of this key into `real.notes`: its name and its values.
        // Without a key, those about all records.
        readNotes(key) {
            return transaction('readonly', (files) => {
                real.notes = [];
                files.openCursor(IDBKeyRange.lowerBound([])).onsuccess = ({ target: { result } }) => {
                    if (!result) return;
                    const [name, of] = result.key;
                    if (key === undefined || of === key) real.notes.push([name].concat(result.value));
                    result.continue();
                };
            });
        },
        // Whether so many bytes are refused, for which reason.
        async fill(key, length) {
            real.refused = '';
            try {
                await real.put(key, crypto.getRandomValues(new Uint8Array(65536)));
                const part = crypto.getRandomValues(new Uint8Array(65536));
                const all = new Uint8Array(length);
                for (let at = 0; at < length; at += part.length) all.set(part, at);
                await real.put(key, all);
            } catch (error) {
                real.refused = error?.name;
            }
            await real.delete(key);
            real.filled = true;
        },
        // Keeps every other transaction waiting for so many milliseconds.
        async occupy(ms) {
            const end = performance.now() + ms;
            await transaction('readwrite', (files) => {
                const next = () => {
                    real.occupied = performance.now() < end;
                    try {
                        if (real.occupied) files.get('busy').onsuccess = next;
                    } catch {
                        real.occupied = false; // the browser has ended the transaction
                    }
                };
                next();
            });
        },
        // The first bytes of memory: a program has nothing to write there.
        remember() {
            real.low = HEAPU8.slice(0, 1024);
        },
        get unchanged() {
            return real.low.every((byte, at) => byte === HEAPU8[at]);
        },
        // Has a function, a getter or a setter of the browser's throw, once; `real.restore()` takes
        // that back.
        throws(object, name, kind = 'value') {
            const property = Object.getOwnPropertyDescriptor(object, name);
            real.thrown = false;
            real.restore = () => Object.defineProperty(object, name, property);
            Object.defineProperty(object, name, {
                ...property,
                // A function, as a constructor has to be one.
                [kind]: function () {
                    real.thrown = true;
                    real.restore();
                    throw new RangeError('a simulated exception');
                },
            });
        },
        restore() {},
        // Calls the program at this index of its table, once, in a microtask between readyState 4
        // and the event that ends the next request.
        beforeTheEnd(index) {
            const { send } = XMLHttpRequest.prototype;
            real.restore = () => { XMLHttpRequest.prototype.send = send; };
            XMLHttpRequest.prototype.send = function (body) {
                real.restore();
                // After Emscripten's own.
                this.addEventListener('readystatechange', () => {
                    if (this.readyState === 4) queueMicrotask(() => wasmTable.get(index)());
                });
                send.call(this, body);
            };
        },
        // Counts the timers that are set, but for those of the tests' driver.
        countTimers() {
            const set = globalThis.setTimeout;
            real.timers = [];
            real.restore = () => { globalThis.setTimeout = set; };
            globalThis.setTimeout = (call, ms, ...more) => {
                if (!new Error().stack.includes('async_call')) real.timers.push(ms);
                return set(call, ms, ...more);
            };
        },
        // The properties that a hook could have changed, by name and value.
        fingerprint() {
            const names = ['XMLHttpRequest', 'IDBDatabase', 'IDBObjectStore', 'IDBRequest',
                'IDBTransaction', 'Uint8Array', 'Promise'];
            const types = names.map((name) => globalThis[name]).filter((type) => type);
            types.push(Object.getPrototypeOf(Uint8Array));
            real.seen ??= [];
            const number = (value) => {
                if (!real.seen.includes(value)) real.seen.push(value);
                return real.seen.indexOf(value);
            };
            const describe = (object) => Reflect.ownKeys(object).map((key) => {
                const { value, get, set } = Object.getOwnPropertyDescriptor(object, key);
                return `${String(key)}:${[value, get, set].map(number)}`;
            });
            const globals = [...names, 'setTimeout', 'clearTimeout', 'indexedDB']
                .map((name) => `${name}:${number(globalThis[name])}`);
            return [...types.flatMap((type) => describe(type.prototype)), ...globals].join();
        },
    };
    return real;
})();
