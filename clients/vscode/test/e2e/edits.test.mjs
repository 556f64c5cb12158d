// Plans, their preview and refusals, with a server that always gives the same plans.
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { describe, test } from 'node:test';
import { scripted, session } from '../harness/session.mjs';
import { until } from '../harness/workbench.mjs';

const A = 'one = 1\ntwo = 2\nthree = 3\nfour = 4\nfive = 5\nsix = 6\nseven = 7\neight = 8\nnine = 9\n';
const line = (n) => ({ start: { line: n, character: 0 }, end: { line: n + 1, character: 0 } });

function plans(root) {
  const uri = (name) => pathToFileURL(`${root}/project/${name}`).href;
  const hunk = (id, n, before, after, proof = 'exact') => ({ id, uri: uri('a.py'), proof, range: line(n), before, after });
  const a = { uri: uri('a.py'), op: 'edit', before: A, after: A.replace('two = 2', 'two = 22').replace('nine = 9', 'nine = 99'), hunks: [hunk('h1', 1, 'two = 2\n', 'two = 22\n'), hunk('h2', 8, 'nine = 9\n', 'nine = 99\n', 'shifted')] };
  const b = { uri: uri('b.py'), op: 'edit', before: 'x = 1\n', after: 'x = 2\n', hunks: [{ ...hunk('h3', 0, 'x = 1\n', 'x = 2\n', 'merged'), uri: uri('b.py') }] };
  const refused = { id: 'h4', uri: uri('a.py'), proof: 'refused', kind: 'not found', reason: 'The text is not in the file.', before: 'ten = 10\n', after: 'ten = 11\n', range: line(3) };
  return {
    'dovetail.applyDiff': { id: 'p1', applied: false, message: '3 hunks fit, 1 is refused. [run](command:workbench.action.files.newUntitledFile)', files: [a, b], refused: [refused], mended: ['a missing count in a header'] },
    'dovetail.edit': { explanation: '# Not a heading\n<b>plain</b> [run](command:workbench.action.files.newUntitledFile)\n' },
    'dovetail.fix': { error: 'No chat endpoint is set (setting chat.url).' },
    'dovetail.explainRefusal': { message: 'The text is not in the file.', place: { uri: uri('a.py'), range: line(3) }, modelText: '-ten = 10\n+ten = 11\n' },
    'dovetail.undoEdit': { wait: true },
  };
}

describe('a plan', () => {
  const s = session('plan', { files: { 'a.py': A, 'b.py': 'x = 1\n' }, settings: (x) => scripted(x.root, { commands: plans(x.root) }) });
  const tree = () => s.wb.page.locator('.pane-body .monaco-list-row');
  const row = (text) => tree().filter({ hasText: text }).first();

  test('from the clipboard opens the multi-diff editor and the list of hunks with their proofs', async () => {
    await s.wb.openFile('a.py');
    await s.wb.setClipboard('--- a\n+++ b\n');
    await s.wb.palette('Dovetail: Apply Suggested Diff from Clipboard');
    await s.wb.page.locator('.tab.active').filter({ hasText: 'Dovetail: 3 hunks in 2 files' }).waitFor();
    await row('line 2: two = 22').waitFor();
    await s.shot('plan-multi-diff');
    assert.equal(s.commands('dovetail.applyDiff')[0].text, '--- a\n+++ b\n');
    assert.equal(s.commands('dovetail.applyDiff')[0].preview, true);
    assert.match(await row('line 9').innerText(), /fits at another line/);
    assert.match(await row('line 1: x = 2').innerText(), /merged with your changes/);
  });
});
