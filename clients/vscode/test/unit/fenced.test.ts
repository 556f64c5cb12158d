import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fencedBlockAt } from '../../src/edits/fenced.ts';

/** The text has a line `$0`-marked; the marker is taken out before looking. */
function at(text: string): ReturnType<typeof fencedBlockAt> {
  const lines = text.split('\n');
  const line = lines.findIndex((each) => each.includes('$0'));
  return fencedBlockAt(lines.map((each) => each.replace('$0', '')), line);
}

test('the block around the cursor, also from its fences; the line before it comes with the whole', () => {
  for (const text of ['src/a.py\n```diff\n+x$0\n```\n', 'src/a.py\n```diff$0\n+x\n```\n', 'src/a.py\n```diff\n+x\n```$0\n']) {
    assert.deepEqual(at(text), { text: '+x\n', info: 'diff', firstLine: 2, whole: 'src/a.py\n```diff\n+x\n```\n' });
  }
});

test('between blocks there is none, nor in one that never closes', () => {
  assert.equal(at('```\na\n```\n$0\n```\nb\n```\n'), undefined);
  assert.equal(at('```\na$0\n'), undefined);
  assert.equal(at('$0no block'), undefined);
});

test('a shorter fence, or one of another kind, does not close a block', () => {
  assert.equal(at('````\n```\nx$0\n```\n````\n')?.text, '```\nx\n```\n');
  assert.equal(at('~~~\n```\nx$0\n~~~\n')?.text, '```\nx\n');
});

test('an info string does not close a block; fences in lists and quotations count', () => {
  assert.equal(at('```\n```diff\nx$0\n```\n')?.text, '```diff\nx\n');
  assert.equal(at('- like so:\n  ```diff\n  +x$0\n  ```\n')?.text, '  +x\n');
});
