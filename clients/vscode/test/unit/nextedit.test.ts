import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hint, isAt, marks, type NextEdit } from '../../src/nextedit/drawing.ts';

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
