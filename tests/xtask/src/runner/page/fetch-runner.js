// Starts the program, and tells the runner its output and its end. `fetchRunner` (the settings)
// stands before this text. The page, or the worker in it, talks to the runner through a WebSocket,
// which delivers even from a page that hangs. Without one (`--open`), the page shows everything.
(() => {
  'use strict';

  const inPage = typeof document === 'object';
  if (inPage && fetchRunner.worker && fetchRunner.socket) {
    const refused = () => {
      const socket = new WebSocket(fetchRunner.socket);
      socket.onopen = () => socket.send('f' + 'the worker cannot be loaded');
    };
    try {
      new Worker(document.currentScript.src).onerror = (event) => {
        event.preventDefault();
        if (!(event instanceof ErrorEvent)) refused(); // else the worker reports it itself
      };
    } catch {
      refused();
    }
    return;
  }

  const send = fetchRunner.socket ? connect(fetchRunner.socket) : display;

  // o, e: bytes for stdout and stderr, one a character. m: main returned, the runtime lives on.
  // x: ended, with this status. z: all errors from before the end have been told.
  // h: a handler failed. f: failed, with this text. r: the page reloads itself.
  // q: the quota of the origin is to be this many bytes. l: the page is to be taken away, in this
  // way, for this many milliseconds. k: the browser is to be killed after that many milliseconds,
  // and started again.
  const pending = { o: '', e: '' };
  const { clearTimeout, setTimeout } = globalThis;
  let leaving = false;
  let timer = null;

  // A method that the program's tests may replace in its prototype.
  function connect(url) {
    const socket = (fetchRunner.connection = new WebSocket(url));
    socket.onmessage = ({ data }) => {
      if (data === 'go') start();
      else if (data[0] === 'k') fetchRunner.environment.FETCH_RUNNER_KILLS = data.slice(1);
      else fetchRunner.quota = Number(data.slice(1));
    };
    const { send } = socket;
    return (message) => send.call(socket, message);
  }

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
    tellErrors();
    send('x' + status);
    // The browser tells of a rejection in a task of its own.
    setTimeout(() => setTimeout(() => {
      tellErrors();
      send('z');
    }));
  }

  function fail(text) {
    flush();
    send('f' + text);
  }

  // An error as text. Some browsers leave its message out of its stack.
  function describe(error, otherwise) {
    if (typeof error?.stack !== 'string') return error === undefined ? otherwise : String(error);
    return error.stack.includes(error.message) ? error.stack : `${error}\n${error.stack}`;
  }

  // Errors that no code has caught, in the order in which they came. A listener that comes after
  // this one may still call `preventDefault`, so an event is looked at when it is over.
  let errors = [];

  function uncaught(event) {
    errors.push(event);
    setTimeout(tellErrors);
  }

  function tellErrors() {
    const over = errors.filter((event) => event.eventPhase === Event.NONE);
    errors = errors.filter((event) => event.eventPhase !== Event.NONE);
    for (const event of over.filter((event) => !event.defaultPrevented)) {
      const isRejection = event.type === 'unhandledrejection';
      const error = isRejection ? event.reason : event.error;
      // These leave the program, and were let through.
      if (error === 'unwind' || error?.name === 'ExitStatus') continue;
      if (error?.message?.startsWith?.('fetch-runtime: ')) send('h');
      else if (isRejection) fail(`Uncaught (in promise) ${describe(error, 'undefined')}`);
      else fail(`Uncaught ${describe(error ?? undefined, event.message)}\n` +
        `    (reported at ${event.filename || 'the page'}:${event.lineno}:${event.colno})`);
    }
  }

  // Every end of a turn of the program for good passes here: main's return, exit(), or an uncaught
  // error.
  function quitting(status, thrown) {
    if (thrown?.name !== 'ExitStatus') fail(describe(thrown, 'undefined'));
    else if (status !== 0 || !mainReturns) end(status);
    else send('m');
  }

  // exit() as against main's return: the runtime calls the same function for both, with a request
  // in flight or not, and only for the latter with a second argument.
  let mainReturns = false;

  function beforeRun() {
    if (typeof ENV === 'object') Object.assign(ENV, fetchRunner.environment);
    if (typeof quit_ === 'function') {
      const quit = quit_;
      globalThis.quit_ = (status, thrown) => {
        quitting(status, thrown);
        quit(status, thrown);
      };
    }
    if (typeof exitJS === 'function') {
      const exit = exitJS;
      globalThis.exitJS = (status, implicit) => {
        mainReturns = Boolean(implicit);
        try {
          exit(status, implicit);
        } finally {
          mainReturns = false;
        }
      };
    }
  }

  function start() {
    if (!inPage) {
      try {
        importScripts(fetchRunner.program);
      } catch (error) {
        fail(describe(error, 'undefined'));
      }
      return;
    }
    const script = document.createElement('script');
    script.src = fetchRunner.program;
    script.onerror = () => fail(`cannot load ${fetchRunner.program}`);
    document.body.append(script);
  }

  // Storage may be denied to the page.
  const storage = (() => {
    try {
      return sessionStorage;
    } catch {
      return {};
    }
  })();

  // Reloads the page, so that the program starts anew: FETCH_RUNNER_LOAD counts. The end before a
  // reload does not count.
  fetchRunner.reload = () => {
    leaving = true;
    flush();
    send('r');
    storage.fetchRunnerLoad = Number(storage.fetchRunnerLoad ?? 0) + 1;
    location.reload();
  };

  // Tells the runner something, in a program that the runner's own hooks do not reach.
  fetchRunner.send = send;

  // Limits the origin's storage; from then on `fetchRunner.quota` is that number of bytes.
  fetchRunner.setQuota = (bytes) => send('q' + bytes);
  // Takes the page away for that many milliseconds. `stopped`: its processes stop. `hidden`: another
  // tab is in front, and timers are late.
  fetchRunner.away = (how, ms) => send('l' + how + ' ' + ms);
  // Kills the browser after that many milliseconds, and starts it again with the same profile:
  // FETCH_RUNNER_KILLS counts.
  fetchRunner.kill = (ms) => send('k' + ms);
  fetchRunner.environment.FETCH_RUNNER_KILLS = '0';
  fetchRunner.environment.FETCH_RUNNER_LOAD = String(storage.fetchRunnerLoad ?? 0);

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
    onAbort: (what) => fail(`Aborted(${what})\n${new Error().stack}`),
  });
  // A worker's own script is this one.
  if (!inPage) Module.locateFile = (name) => new URL(name, new URL(fetchRunner.program, location.href)).href;

  globalThis.addEventListener('error', uncaught);
  globalThis.addEventListener('unhandledrejection', uncaught);
  if (fetchRunner.socket) {
    for (const type of ['debug', 'error', 'info', 'log', 'trace', 'warn']) {
      const write = console[type];
      console[type] = (...values) => {
        line('e')(`[console.${type}]`, ...values.map((value) => describe(value, 'undefined')));
        write.apply(console, values);
      };
    }
    // Nobody can answer.
    globalThis.alert = (text) => line('e')('[alert]', text);
    globalThis.confirm = (text) => (line('e')('[confirm]', text), true);
    globalThis.prompt = (text, value) => (line('e')('[prompt]', text), value ?? '');
  }

  const at = (id) => document.getElementById(id) ?? document.createElement('p');
  if (inPage) {
    document.title = at('name').textContent = fetchRunner.name;
    at('status').textContent = 'Running…';
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

  if (send === display) start();
})();
