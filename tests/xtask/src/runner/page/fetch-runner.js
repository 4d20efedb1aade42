// Starts the program and tells the runner its output and its end. `fetchRunner` (the
// settings) stands before this text; `fetchRunnerSend` is there only under the runner: it delivers
// even from a page that hangs.
(() => {
  'use strict';

  // o, e: bytes for stdout and stderr, one a character. m: main returned, the runtime lives on.
  // x: ended, with this status. f: failed, with this text.
  // q: the quota of the origin is to be this many bytes.
  const send = globalThis.fetchRunnerSend ?? display;
  const pending = { o: '', e: '' };
  let leaving = false;
  let timer = null;

  function flush() {
    clearTimeout(timer);
    timer = null;
    for (const kind of ['o', 'e']) {
      const bytes = pending[kind];
      pending[kind] = '';
      if (bytes) send(kind + bytes);
    }
  }

  function bytes(kind) {
    const other = kind === 'o' ? 'e' : 'o';
    return (byte) => {
      if (byte === null) return;
      if (pending[other]) flush(); // keeps the order of the writes
      pending[kind] += String.fromCharCode(byte & 255);
      if (byte === 10 || pending[kind].length >= 8192) flush();
      else timer ??= setTimeout(flush);
    };
  }

  const encoder = new TextEncoder();
  const line = (kind) => (...text) => {
    flush();
    send(kind + Array.from(encoder.encode(text.join(' ') + '\n'), (byte) => String.fromCharCode(byte)).join(''));
  };

  function end(status) {
    if (leaving) return;
    flush();
    send('x' + status);
  }

  function fail(text) {
    flush();
    send('f' + text);
  }

  // Every end of a turn of the program for good passes here: main's return, exit(), or an uncaught
  // error.
  function quitting(status, thrown) {
    if (thrown?.name !== 'ExitStatus') fail(thrown?.stack ?? String(thrown));
    else if (status !== 0 || calledFromWasm()) end(status);
    else send('m');
  }

  // exit() as against main's return: the runtime calls the same function for both, with a request
  // in flight or not.
  const calledFromWasm = () => /wasm-function|\.wasm\b/.test(new Error().stack);

  function beforeRun() {
    if (typeof ENV === 'object') Object.assign(ENV, fetchRunner.environment);
    if (typeof quit_ === 'function') {
      const quit = quit_;
      globalThis.quit_ = (status, thrown) => {
        quitting(status, thrown);
        quit(status, thrown);
      };
    }
  }

  // Reloads the page, so that the program starts anew: FETCH_RUNNER_LOAD counts. The end before a
  // reload does not count.
  fetchRunner.reload = () => {
    leaving = true;
    flush();
    sessionStorage.fetchRunnerLoad = Number(sessionStorage.fetchRunnerLoad ?? 0) + 1;
    location.reload();
  };

  // Limits the origin's storage; from then on `fetchRunner.quota` is that number of bytes.
  fetchRunner.setQuota = (bytes) => send('q' + bytes);
  fetchRunner.environment.FETCH_RUNNER_LOAD = String(sessionStorage.fetchRunnerLoad ?? 0);

  const Module = (globalThis.Module ??= {});
  Object.assign(Module, {
    thisProgram: fetchRunner.name,
    arguments: fetchRunner.arguments,
    stdin: () => null,
    stdout: bytes('o'),
    stderr: bytes('e'),
    print: line('o'),
    printErr: line('e'),
    preRun: [Module.preRun ?? [], beforeRun].flat(),
    onExit: end,
    onAbort: (what) => fail(`Aborted(${what})\n${new Error().stack.replace(/^.*\n/, '')}`),
  });

  const at = (id) => document.getElementById(id) ?? document.createElement('p');
  document.title = at('name').textContent = fetchRunner.name;
  at('status').textContent = 'Running…';
  if (send === display) {
    addEventListener('error', (event) => fail(event.error?.stack ?? event.message));
    addEventListener('unhandledrejection', (event) => fail(event.reason?.stack ?? String(event.reason)));
  }

  function display(message) {
    const [kind, text] = [message[0], message.slice(1)];
    if (kind === 'x') at('status').textContent = `Exited with ${text}.`;
    else if (kind === 'm') at('status').textContent = 'Running, main has returned…';
    else if (kind === 'f') at('status').textContent = 'Failed.';
    if (!text || kind === 'x') return;
    const piece = document.createElement('span');
    piece.className = kind === 'o' ? 'o' : 'e';
    piece.textContent = kind === 'f' ? text : new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0)));
    at('output').append(piece);
  }

  const script = document.createElement('script');
  script.src = fetchRunner.program;
  script.onerror = () => fail(`cannot load ${fetchRunner.program}`);
  document.body.append(script);
})();
