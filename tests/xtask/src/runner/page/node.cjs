// Runs an Emscripten program under Node: node node.cjs PROGRAM ARGUMENT…
'use strict';

const fs = require('fs');
const path = require('path');
const vm = require('vm');

const settings = JSON.parse(process.env.FETCH_RUNNER_SETTINGS);
const file = process.argv[2];
process.argv.splice(1, 2, file);
Object.assign(globalThis, {
  require,
  module,
  exports,
  __filename: file,
  __dirname: path.dirname(file),
  Module: {
    thisProgram: settings.name,
    arguments: settings.arguments,
    preRun: () => {
      Object.assign(ENV, settings.environment);
      exitAtOnce();
    },
  },
});
// In the global scope, as a page's script is.
vm.runInThisContext(fs.readFileSync(file, 'utf8'), { filename: file });

// Node itself goes on until its connections have ended. As in a page, the runtime calls the same
// function for exit() and for main's return, and only for the latter with a second argument.
function exitAtOnce() {
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
    if (thrown?.name === 'ExitStatus' && !mainReturns) process.exit(status);
    quit(status, thrown);
  };
}
