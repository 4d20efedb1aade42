// Carries out a plan in a page: `plan.txt` beside this script. The runner of the tests starts it as
// a program. It prints the milliseconds of each step, or the size of the memory in bytes.
(() => {
  'use strict';

  const folder = new URL('.', document.currentScript.src);

  // The kinds of work; all but the last have these numbers in `work/lib.rs`, too.
  const [SMALL, WHOLE, STREAM, CACHED, VALIDATED, MEMORY] = [0, 1, 2, 3, 4, 5];

  // A program of Emscripten, which is a factory of this name.
  async function emscripten(name) {
    await new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = new URL(`${name}.js`, folder);
      script.onload = resolve;
      script.onerror = () => reject(new Error(`cannot load ${script.src}`));
      document.body.append(script);
    });
    let done;
    const program = await globalThis[name]({ done: () => done() });
    return {
      run: (...work) => new Promise((resolve) => {
        done = resolve;
        program._bench_run(...work);
      }),
      memory: () => program._bench_memory(),
    };
  }

  async function wasmBindgen(name) {
    const program = await import(new URL(`${name}.js`, folder));
    await program.default();
    return { run: program.run, memory: program.memory_size };
  }

  // Plain JavaScript. Each body ends in a memory of WebAssembly, as those of the others do.
  async function javascript() {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const database = await request(indexedDB.open('plain'), (database) => {
      database.createObjectStore('files');
    });

    function request(request, upgrade) {
      return new Promise((resolve, reject) => {
        request.onupgradeneeded = () => upgrade(request.result);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    }

    function copy(bytes, at) {
      const missing = at + bytes.length - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / 65536));
      new Uint8Array(memory.buffer, at).set(bytes);
      return bytes.length;
    }

    async function download(url, options) {
      const response = await fetch(url, options);
      if (!response.ok) throw new Error(`${url}: ${response.status}`);
      return response;
    }

    async function whole(url, options) {
      return new Uint8Array(await (await download(url, options)).arrayBuffer());
    }

    async function cached(url) {
      const files = (mode) => database.transaction('files', mode).objectStore('files');
      const stored = await request(files('readonly').get(url));
      if (stored) return stored;
      const bytes = await whole(url);
      await request(files('readwrite').put(bytes, url));
      return bytes;
    }

    async function streamed(url) {
      const reader = (await download(url)).body.getReader();
      let received = 0;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return received;
        received += copy(value, 0);
      }
    }

    async function receive(kind, length) {
      switch (kind) {
        case SMALL: return copy(await whole(`/bytes/${length}`), 0);
        case WHOLE: return copy(await whole(`/stream/${length}`), 0);
        case STREAM: return streamed(`/stream/${length}`);
        case CACHED: return copy(await cached(`/bytes/${length}`), 0);
        case VALIDATED: {
          // The browser's own cache asks.
          const url = `/validated/${length}?size=${length}&etag=%22a%22`;
          return copy(await whole(url, { cache: 'no-cache' }), 0);
        }
      }
    }

    async function run(kind, length, count, lanes) {
      const lane = async () => {
        for (let i = 0; i < count / lanes; i++) {
          const received = await receive(kind, length);
          if (received !== length) throw new Error(`${received} bytes in place of ${length}`);
        }
      };
      await Promise.all(Array.from({ length: lanes }, lane));
    }

    return { run, memory: () => memory.buffer.byteLength };
  }

  async function step(client, kind, length, count, lanes) {
    const start = performance.now();
    if (count > 0) await client.run(kind === MEMORY ? WHOLE : kind, length, count, lanes);
    return kind === MEMORY ? client.memory() : performance.now() - start;
  }

  const make = {
    javascript,
    ours: () => emscripten('ours'),
    by_hand: () => emscripten('by_hand'),
    reqwest: () => wasmBindgen('reqwest'),
    gloo_net: () => wasmBindgen('gloo_net'),
    ehttp: () => wasmBindgen('ehttp'),
  };

  // Each line of the plan is a step: the round, the figure, the client, the kind of work, the
  // length of the body, the number of requests, and how many of them are made at a time.
  async function carryOut() {
    const plan = await (await fetch(new URL('plan.txt', folder))).text();
    const steps = plan.trimEnd().split('\n').map((line) => line.split(' '));
    const clients = {};
    for (const [, , client] of steps) clients[client] ??= await make[client]();
    for (const [round, figure, client, ...work] of steps) {
      const value = await step(clients[client], ...work.map(Number));
      Module.print(`measured ${round} ${figure} ${client} ${value}`);
    }
    Module.onExit(0);
  }

  carryOut();
})();
