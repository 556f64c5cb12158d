import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hunk } from '../../src/edits/plan.ts';
import { refusalText } from '../../src/edits/refusals.ts';

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
