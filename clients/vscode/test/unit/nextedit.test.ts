import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hint, isAt, marks, type NextEdit } from '../../src/nextedit/drawing.ts';
import { asGhost } from '../../src/nextedit/ghost.ts';

const edit = (before: string, after: string, line = 4): NextEdit => ({
  id: 'n1',
  textDocument: { uri: 'file:///w/a.py', version: 1 },
  range: { start: { line, character: 0 }, end: { line: line + 1, character: 0 } },
  newText: `${after}\n`,
  line,
  before,
  after,
  places: 1,
  why: '',
});

test('a line that becomes another is struck, with the new one behind it', () => {
  assert.deepEqual(marks(edit('    log(a)', '    logger(a)')), [{ line: 4, struck: true, text: '  → logger(a)' }]);
});

test('a line that goes is struck, with nothing behind it', () => {
  assert.deepEqual(marks(edit('import os', '')), [{ line: 4, struck: true, text: '' }]);
});

test('lines that come in stand behind the line above them', () => {
  assert.deepEqual(marks(edit('', 'a = 1\nb = 2')), [{ line: 3, struck: false, text: '  + a = 1 ⏎ b = 2' }]);
});

test('more new lines than old ones stand behind the last', () => {
  assert.deepEqual(marks(edit('x', 'a\nb')), [{ line: 4, struck: true, text: '  → a ⏎ b' }]);
});

test('the key makes the edit where the cursor is at it', () => {
  assert.ok(isAt(edit('x', 'y'), 4));
  assert.ok(!isAt(edit('x', 'y'), 5));
  assert.ok(isAt(edit('', 'y'), 3));
});

test('elsewhere the hint says where it is', () => {
  assert.equal(hint(edit('x', 'y', 87), undefined), '  Tab: next edit, line 88');
  assert.equal(hint(edit('x', 'y', 87), 'lib/b.py'), '  Tab: next edit, lib/b.py:88');
});

const at = (line: number, character: number) => ({ line, character });

test('as ghost text: what comes into the cursor’s line, nothing before the cursor changed and nothing behind it taken away', () => {
  const longer = edit('    log(a)', '    logger(a)');
  for (const character of [0, 4, 7]) assert.deepEqual(asGhost(longer, at(4, character), '    log(a)'), { line: 4, from: character, to: 10, text: '    logger(a)'.slice(character) });
  assert.equal(asGhost(longer, at(4, 8), '    log(a)'), undefined); // behind the change
  assert.equal(asGhost(longer, at(3, 0), '    log(a)'), undefined); // another line
  assert.equal(asGhost(longer, at(4, 0), '    log(b)'), undefined); // another text
  assert.equal(asGhost(edit('    debug(a)', '    info(a)'), at(4, 4), '    debug(a)'), undefined); // something goes
  assert.equal(asGhost(edit('x', ''), at(4, 0), 'x'), undefined);
});

test('as ghost text: lines that come in below the cursor’s, if it stands at the end', () => {
  assert.deepEqual(asGhost(edit('', '  a\n  b'), at(3, 5), 'head:'), { line: 3, from: 5, to: 5, text: '\n  a\n  b' });
  assert.equal(asGhost(edit('', '  a'), at(3, 4), 'head:'), undefined);
  assert.equal(asGhost(edit('', '  a'), at(4, 0), ''), undefined);
});

test('as ghost text: lines that stay the same around the change do not count', () => {
  assert.deepEqual(asGhost(edit('a\nb\nc', 'a\nb(1)\nc'), at(5, 1), 'b'), { line: 5, from: 1, to: 1, text: '(1)' });
  assert.deepEqual(asGhost(edit('a', 'a\nb'), at(4, 1), 'a'), { line: 4, from: 1, to: 1, text: '\nb' });
});
