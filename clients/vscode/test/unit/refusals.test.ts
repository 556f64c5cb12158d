import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hunk } from '../../src/edits/plan.ts';
import { against, asDiff, askAgainText, refusalText } from '../../src/edits/refusals.ts';

const hunk: Hunk = { id: 'h', uri: 'file:///w/a.py', proof: 'refused', kind: 'ambiguous', reason: 'two places', before: 'x\n', after: 'y\n' };
const place = { uri: 'file:///w/a.py', range: { start: { line: 11, character: 2 }, end: { line: 12, character: 0 } } };

test('place, reason and the model’s text are there, and the link covers the place', () => {
  const { text, links } = refusalText([hunk], [{ message: 'It is there twice:\nlines 12 and 40.', place, modelText: '-x\n+y\n' }], () => 'a.py');
  assert.equal(
    text,
    `Dovetail refused 1 hunk: nothing proves where it belongs. Nothing of it was written.

1. a.py:12: ambiguous
   It is there twice:
   lines 12 and 40.
   What the model wrote:
   | -x
   | +y
`,
  );
  assert.deepEqual(links, [{ at: text.indexOf('a.py:12'), length: 7, uri: place.uri, place: place.range.start }]);
});

test('without an answer of the server the plan’s own words are shown', () => {
  const { text, links } = refusalText([hunk, { ...hunk, uri: undefined } as unknown as Hunk], [undefined, undefined], () => 'a.py');
  assert.match(text, /refused 2 hunks/);
  assert.match(text, /1\. a\.py: ambiguous\n {3}two places/);
  assert.match(text, /2\. No file: ambiguous/);
  assert.equal(links.length, 1);
});

test('each line of the model is behind a bar, whatever ends it', () => {
  const { text } = refusalText([{ ...hunk, before: 'a\r\nb\rc', after: '' }], [undefined], () => 'a.py');
  assert.match(text, / {3}\| a\n {3}\| b\n {3}\| c\n$/);
});

test('the hunk is shown against the lines that stand at its place', () => {
  const quoted: Hunk = { ...hunk, before: 'def f():\n    return 1\n', after: 'def f():\n    return 2\n' };
  const { text } = refusalText([quoted], [{ message: 'line 2 differs', place, modelText: '' }], () => 'a.py', [['def f():', '    x = 1', '    return 3']]);
  assert.match(text, / {3}What it expects \(<\) against what stands there \(>\):\n {5}\| def f\(\):\n {3}< \|     return 1\n {3}> \|     x = 1\n {3}> \|     return 3\n/);
});

test('a place that has no line in common is not compared', () => {
  const { text } = refusalText([hunk], [{ message: 'no', place, modelText: '' }], () => 'a.py', [['other']]);
  assert.doesNotMatch(text, /What it expects/);
});

test('every line of both sides stands in a comparison once and in order, however long they are', () => {
  const a = Array.from({ length: 150 }, (_, i) => `l${i % 7}`);
  const b = Array.from({ length: 150 }, (_, i) => `l${(i * 3) % 7}`);
  const rows = against(a, b);
  assert.deepEqual(rows.filter(([mark]) => mark !== '>').map(([, line]) => line), a);
  assert.deepEqual(rows.filter(([mark]) => mark !== '<').map(([, line]) => line), b);
  assert.ok(against(new Array<string>(9999).fill('x'), []).length <= 200);
});

test('a refused hunk becomes a question with the reason, and a diff that names its file and no lines', () => {
  const refused: Hunk = { ...hunk, before: 'def f():\n    return 1\n', after: 'def f():\n    x = 2\n    return x\n' };
  const asked = askAgainText(refused, 'It is there twice.');
  for (const part of ['It is there twice.', refused.before, refused.after]) assert.ok(asked.includes(part), part);
  assert.equal(asDiff(refused, 'src/a.py'), '--- a/src/a.py\n+++ b/src/a.py\n@@ ... @@\n def f():\n-    return 1\n+    x = 2\n+    return x\n');
});
