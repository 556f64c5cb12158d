import assert from 'node:assert/strict';
import { test } from 'node:test';
import { besideInterpreter, onPath, type Places, resolve } from '../../src/server/resolve.ts';

const places = (files: readonly string[], over: Partial<Places> = {}): Places => ({
  setting: '',
  trusted: true,
  interpreters: async () => ['/w/.venv/bin/python3.12', '/w/venv'],
  pathVariable: '/usr/bin:/opt/bin',
  managedEnvironment: '/store/server',
  platform: 'linux',
  runnable: async (file) => files.includes(file),
  managedReady: async () => true,
  ...over,
});

const ALL = ['/set/dovetail', '/w/.venv/bin/dovetail', '/w/venv/bin/dovetail', '/opt/bin/dovetail', '/store/server/bin/dovetail'];

test('the order is: setting, workspace, PATH, managed; each is taken when those before it are missing', async () => {
  const order: string[] = [];
  for (let i = 0; i <= ALL.length; i++) {
    const found = await resolve(places(ALL.slice(i), i === 0 ? { setting: '/set/dovetail' } : {}));
    order.push(found.kind === 'found' ? `${found.by} ${found.command}` : found.kind);
  }
  assert.deepEqual(order, [
    'setting /set/dovetail',
    'workspace /w/.venv/bin/dovetail',
    'workspace /w/venv/bin/dovetail',
    'path /opt/bin/dovetail',
    'managed /store/server/bin/dovetail',
    'missing',
  ]);
});

test('a setting that names nothing is an error, not a reason to look further', async () => {
  assert.deepEqual(await resolve(places(ALL.slice(1), { setting: '/gone' })), { kind: 'wrong setting', command: '/gone' });
});

test('in an untrusted workspace its own programs are not even looked at', async () => {
  const asked = async (): Promise<string[]> => assert.fail('asked for interpreters');
  const found = await resolve(places(ALL.slice(1), { trusted: false, interpreters: asked }));
  assert.deepEqual(found, { kind: 'found', command: '/opt/bin/dovetail', by: 'path' });
});

test('an environment that was abandoned halfway is not used', async () => {
  assert.deepEqual(await resolve(places(['/store/server/bin/dovetail'], { managedReady: async () => false })), { kind: 'missing' });
});

test('relative and empty entries of PATH, which mean the workspace, are left out', () => {
  assert.deepEqual(onPath('.:bin::/usr/bin', 'linux'), ['/usr/bin/dovetail']);
  assert.deepEqual(onPath('C:\\a;b;;.', 'win32'), ['C:\\a\\dovetail.exe']);
});

test('an interpreter and an environment folder lead to the same program, also on Windows', () => {
  assert.deepEqual(besideInterpreter('/w/.venv/bin/python3', 'linux'), ['/w/.venv/bin/dovetail']);
  assert.deepEqual(besideInterpreter('/w/.venv', 'linux'), ['/w/.venv/bin/dovetail']);
  assert.deepEqual(besideInterpreter('C:\\w\\.venv\\Scripts\\python.exe', 'win32')[0], 'C:\\w\\.venv\\Scripts\\dovetail.exe');
  assert.deepEqual(besideInterpreter('C:\\w\\.venv', 'win32'), ['C:\\w\\.venv\\Scripts\\dovetail.exe']);
  assert.deepEqual(besideInterpreter('C:\\Python312\\python.exe', 'win32')[1], 'C:\\Python312\\Scripts\\dovetail.exe');
});
