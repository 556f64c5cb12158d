import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remembered } from '../../src/edits/history.ts';
import { nameTrouble } from '../../src/keys.ts';

test('newest first, no repeats, at most fifty, nothing empty', () => {
  assert.deepEqual(remembered(['a', 'b'], ' b '), ['b', 'a']);
  assert.deepEqual(remembered(['a'], '  '), ['a']);
  assert.equal(remembered(Array.from({ length: 60 }, (_, i) => `${i}`), 'new').length, 50);
});

test('a key’s variable cannot be one that programs obey', () => {
  for (const name of ['PATH', 'LD_PRELOAD', 'PYTHONPATH', 'A KEY', 'A=KEY', '']) assert.notEqual(nameTrouble(name), undefined, name);
  for (const name of ['OPENAI_API_KEY', 'my_token']) assert.equal(nameTrouble(name), undefined, name);
});
