// The managed environment with stand-ins for Python: small programs, so that cancelling and failing are the same each time.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Cancelled, makeEnvironment, pythonsToTry, STAMP } from '../../src/server/managed.ts';

let root = '';
before(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'dovetail-managed-'));
});
after(() => fs.rmSync(root, { recursive: true, force: true }));

/** A Python that says it is `version`, makes an "environment" holding itself, and runs `pip` as the given shell lines. */
function python(name: string, version: string, pip: string): string {
  const file = path.join(root, name);
  fs.writeFileSync(file, `#!/bin/sh\ncase "$*" in\n-c*) echo ${version};;\n*venv*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python";;\n*pip*) ${pip};;\nesac\n`, { mode: 0o755 });
  return file;
}

const recipe = (pythons: string[], folder: string) => ({ pythons: pythons.map((each) => [each]), folder: path.join(root, folder), requirement: '/x/dovetail_lsp-1-py3-none-any.whl', platform: process.platform });
const unix = process.platform === 'win32' ? 'the stand-ins are shell scripts' : false;

test('the first Python that is new enough is taken; steps are told; the stamp comes last', { skip: unix }, async () => {
  const steps: string[] = [];
  const target = recipe([path.join(root, 'none'), python('old', '3.10', 'exit 9'), python('new', '3.12', 'echo Collecting httpx; echo noise')], 'env1');
  await makeEnvironment(target, (line) => steps.push(line), new AbortController().signal);
  assert.deepEqual(steps, ['Making a virtual environment', 'Installing dovetail_lsp-1-py3-none-any.whl', 'Collecting httpx']);
  assert.equal(fs.readFileSync(path.join(target.folder, STAMP), 'utf8'), '/x/dovetail_lsp-1-py3-none-any.whl\n');
});

test('no Python at all, or an old one, is said with what to do', { skip: unix }, async () => {
  const work = makeEnvironment(recipe([path.join(root, 'none'), python('old2', '3.9', '')], 'env2'), () => {}, new AbortController().signal);
  await assert.rejects(work, /No Python 3.11 or later.*does not run.*old2 is Python 3.9.*dovetail.server.python/s);
});

test('when pip fails its words are told and nothing is left', { skip: unix }, async () => {
  const target = recipe([python('bad', '3.12', 'echo ERROR: no such package >&2; exit 1')], 'env3');
  await assert.rejects(makeEnvironment(target, () => {}, new AbortController().signal), /ended with code 1:\nERROR: no such package/);
  assert.equal(fs.existsSync(target.folder), false);
});

test('cancelling ends pip and its children and leaves nothing', { skip: unix, timeout: 20_000 }, async () => {
  const stop = new AbortController();
  const target = recipe([python('slow', '3.12', 'echo Collecting forever; tail -f /dev/null & wait')], 'env4');
  const work = makeEnvironment(target, (line) => line === 'Collecting forever' && stop.abort(), stop.signal);
  await assert.rejects(work, Cancelled); // the pipe closes only when the last child is gone
  assert.equal(fs.existsSync(target.folder), false);
});

test('the setting, else what the platform calls Python', () => {
  assert.deepEqual(pythonsToTry('/my/python', 'linux'), [['/my/python']]);
  assert.deepEqual(pythonsToTry('', 'win32')[0], ['py', '-3']);
});
