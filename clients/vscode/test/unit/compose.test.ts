import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compose } from '../../src/edits/compose.ts';
import { type FileChange, firstChange, type Hunk, linesBeforeChange } from '../../src/edits/plan.ts';

const lines = (from: number, to: number) => ({ start: { line: from, character: 0 }, end: { line: to, character: 0 } });
const hunk = (id: string, from: number, to: number, before: string, after: string, proof: Hunk['proof'] = 'exact'): Hunk => ({ id, proof, range: lines(from, to), before, after });
const chosen = (...ids: string[]) => new Set(ids);

const file: FileChange = {
  uri: 'file:///a',
  op: 'edit',
  before: 'a\r\nb\r\nc\r\nd',
  after: 'A\r\nb\r\nx\r\nc\r\nD',
  hunks: [hunk('3', 3, 4, 'd', 'D', 'shifted'), hunk('1', 0, 1, 'a\r\n', 'A\r\n'), hunk('2', 2, 2, '', 'x\r\n', 'merged'), hunk('4', 1, 2, 'b\r\n', 'b\r\n', 'already applied')],
};

test('all hunks give the text of the plan, none gives the text before, some give only theirs, in any order', () => {
  assert.equal(compose(file, chosen('1', '2', '3')), file.after);
  assert.equal(compose(file, chosen()), file.before);
  assert.equal(compose(file, chosen('1')), 'A\r\nb\r\nc\r\nd');
  assert.equal(compose(file, chosen('3', '2')), 'a\r\nb\r\nx\r\nc\r\nD');
});

test('composing hunk by hunk agrees with the whole when the whole is reached', () => {
  const before = Array.from({ length: 9 }, (_, i) => `l${i}\n`).join('');
  const hunks = [1, 4, 7].map((n) => hunk(`h${n}`, n, n + 1, `l${n}\n`, `L${n}\nmore\n`));
  const after = before.replace(/l([147])\n/g, 'L$1\nmore\n');
  // `after: null` makes it compose instead of taking the plan's text: the last hunk stands for "not all".
  const one: FileChange = { uri: 'file:///a', op: 'edit', before, after: null, hunks: [...hunks, hunk('never', 0, 0, '', 'never')] };
  assert.equal(compose(one, chosen('h1', 'h4', 'h7')), after);
});

test('only \\n, \\r\\n and \\r end a line, as in LSP', () => {
  const odd: FileChange = { uri: 'file:///a', op: 'edit', before: 'a\u2028\fb\rc\nd\n', after: 'z', hunks: [hunk('1', 1, 2, 'c\n', 'C\n'), hunk('2', 0, 0, '', 'never')] };
  assert.equal(compose(odd, chosen('1')), 'a\u2028\fb\rC\nd\n');
});

test('a file to be created is there only if its hunk is chosen; one to be deleted stays unless it is', () => {
  const created: FileChange = { uri: 'file:///n', op: 'create', before: null, after: 'new\n', hunks: [hunk('1', 0, 0, '', 'new\n')] };
  assert.equal(compose(created, chosen('1')), 'new\n');
  assert.equal(compose(created, chosen()), undefined);
  const deleted: FileChange = { uri: 'file:///n', op: 'delete', before: 'old\n', after: null, hunks: [hunk('1', 0, 1, 'old\n', '')] };
  assert.equal(compose(deleted, chosen('1')), undefined);
  assert.equal(compose(deleted, chosen()), 'old\n');
});

test('a hunk is called by the line that it changes, not by those that it quotes', () => {
  const hunk = (before: string, after: string): Hunk => ({ id: 'h', proof: 'exact', before, after });
  assert.equal(linesBeforeChange(hunk('a\r\nb\r\nc\r\n', 'a\r\nB\r\nc\r\n')), 1);
  assert.equal(linesBeforeChange(hunk('a\n', 'a\nb\n')), 1);
  assert.equal(linesBeforeChange(hunk('', 'a\n')), 0);
  assert.equal(firstChange(hunk('a\nb\n', 'a\n')), 'b');
});
