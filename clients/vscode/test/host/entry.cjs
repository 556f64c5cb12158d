// Loaded by the extension host: copies the console to a file that run.mjs prints, then runs the tests.
'use strict';
const fs = require('node:fs');
const util = require('node:util');

const file = fs.openSync(process.env.DOVETAIL_PRINTED, 'a');
for (const name of ['log', 'info', 'warn', 'error', 'debug']) {
  const print = (...args) => { fs.writeSync(file, `${util.format(...args)}\n`); };
  Object.defineProperty(console, name, { configurable: true, enumerable: true, get: () => print, set: () => {} });
}
exports.run = () => require(process.env.DOVETAIL_TESTS).run();
