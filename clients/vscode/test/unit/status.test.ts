import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTwo, type ServerStatus, view } from '../../src/status/words.ts';

const running = { kind: 'running', command: 'dovetail', by: 'path' } as const;
const says = (state: ServerStatus['state'], source = 'embedded', message = 'a sentence') => view(running, { state, source, message }, undefined);

test('each state of the server has its own face, and its sentence is in the tooltip', () => {
  const texts = (['idle', 'busy', 'learning', 'offline', 'error', 'off'] as const).map((state) => says(state).text);
  assert.equal(new Set(texts).size, 6);
  assert.match(says('off').tooltip, /a sentence/);
  assert.equal(says('offline').warning, true);
  assert.equal(says('error').warning, true);
});

test('without a server it says what is missing; only then the reasons of the document count', () => {
  assert.match(view({ kind: 'missing' }, undefined, 'Too large.').tooltip, /no server is installed/);
  assert.match(view({ kind: 'failed', message: 'why' }, undefined, undefined).tooltip, /why/);
  assert.match(view(running, undefined, 'This file is too large.').tooltip, /no suggestions here. This file is too large/);
});

test('a name of an endpoint cannot become an icon, nor fill the bar', () => {
  assert.doesNotMatch(says('idle', '$(alert) evil').text.slice('$(check-all)'.length), /\$\(/);
  assert.ok(says('idle', 'x'.repeat(200)).text.length < 50);
});

test('the menu begins with one sentence; what follows it stands below', () => {
  assert.deepEqual(inTwo('the built-in model suggests. It has learnt 3 files.\nMore.'), ['The built-in model suggests.', 'It has learnt 3 files.\nMore.']);
  assert.deepEqual(inTwo('http://127.0.0.1:8080 answers'), ['http://127.0.0.1:8080 answers', '']);
  assert.deepEqual(inTwo(''), ['', '']);
});
