import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../src/server/backoff.ts';

test('pauses grow, the user is told at the first failure and at the last, and then it is left alone', () => {
  const backoff = new Backoff();
  const verdicts = Array.from({ length: 7 }, () => backoff.ended(0));
  assert.deepEqual(verdicts.slice(0, 5).map(({ waitMs }) => waitMs), [500, 1000, 2000, 4000, 8000]);
  assert.deepEqual(verdicts.map(({ say }) => say), [true, false, false, false, false, true, true]);
  assert.equal(verdicts[5]?.waitMs, undefined);
});

test('a server that ran steadily starts a new row of failures; one that ran shortly does not', () => {
  const backoff = new Backoff();
  backoff.started(0);
  assert.equal(backoff.ended(1_000).waitMs, 500);
  backoff.started(2_000);
  assert.deepEqual(backoff.ended(3_000), { waitMs: 1000, say: false });
  backoff.started(10_000);
  assert.deepEqual(backoff.ended(200_000), { waitMs: 500, say: true });
});

test('a restart by the user forgets the failures', () => {
  const backoff = new Backoff();
  for (let i = 0; i < 9; i++) backoff.ended(0);
  backoff.reset();
  assert.deepEqual(backoff.ended(0), { waitMs: 500, say: true });
});
