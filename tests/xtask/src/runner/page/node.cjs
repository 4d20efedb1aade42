// Runs an Emscripten program under Node, and tells the runner how it ends: node node.cjs PROGRAM
// ARGUMENT…
'use strict';

const fs = require('fs');
const path = require('path');
const vm = require('vm');

const settings = JSON.parse(process.env.FETCH_RUNNER_SETTINGS);
const messages = path.join(__dirname, 'messages');
const file = process.argv[2];
process.argv.splice(1, 2, file);

// The messages of fetch-runner.js, each with a NUL behind it, in a file that the runner reads when
// Node has ended. Node itself has written the program's output by then.
// m: main returned, the runtime lives on. h: a handler failed. f: failed, with this text.
const send = (message) => fs.appendFileSync(messages, `${message}\0`);

// Errors that no code has caught. Node's own statuses do not tell them from a program's.
function uncaught(error, prefix) {
  // These leave the program, and were let through.
  if (error === 'unwind' || error?.name === 'ExitStatus') return;
  send(`f${prefix} ${typeof error?.stack === 'string' ? error.stack : String(error)}`);
  process.exit();
}

process.on('uncaughtException', (error) => uncaught(error, 'Uncaught'));
process.on('unhandledRejection', (error) => uncaught(error, 'Uncaught (in promise)'));

Object.assign(globalThis, {
  require,
  module,
  exports,
  __filename: file,
  __dirname: path.dirname(file),
  // Browsers have this function, and Node has not.
  reportError: (error) => {
    if (error?.message?.startsWith?.('fetch-runtime: ')) send('h');
    else uncaught(error, 'Uncaught');
  },
  Module: {
    thisProgram: settings.name,
    arguments: settings.arguments,
    preRun: () => {
      Object.assign(ENV, settings.environment);
      watchExit();
    },
    onAbort: (what) => {
      send(`fAborted(${what})\n${new Error().stack}`);
      setImmediate(() => process.exit());
    },
  },
});
// In the global scope, as a page's script is.
vm.runInThisContext(fs.readFileSync(file, 'utf8'), { filename: file });

// Node itself goes on until its connections have ended. As in a page, the runtime calls the same
// function for exit() and for main's return, and only for the latter with a second argument.
function watchExit() {
  const { exitJS: exit, quit_: quit } = globalThis;
  let mainReturns = false;
  globalThis.exitJS = (status, implicit) => {
    mainReturns = Boolean(implicit) && keepRuntimeAlive();
    try {
      exit(status, implicit);
    } finally {
      mainReturns = false;
    }
  };
  globalThis.quit_ = (status, thrown) => {
    if (thrown?.name === 'ExitStatus') {
      if (status === 0 && mainReturns) send('m');
      // Node tells of a rejection when the program's turn is over.
      else setImmediate(() => process.exit(status));
    }
    quit(status, thrown);
  };
}
