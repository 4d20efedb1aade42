// The functions of JavaScript that the programs call: `done` of the page.
addToLibrary({ bench_done: () => Module['done']() });
