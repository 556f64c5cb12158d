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
    'dovetail.applyDiff': { id: 'p1', applied: false, message: '3 hunks fit, 1 is refused. [run](command:workbench.action.files.newUntitledFile)', files: [a, b], refused: [refused], repaired: ['a missing count in a header'] },
    'dovetail.edit': { explanation: '# Not a heading\n<b>plain</b> [run](command:workbench.action.files.newUntitledFile)\n' },
    'dovetail.fix': { error: 'No chat endpoint is set (setting chat.url).' },
    'dovetail.explainRefusal': { message: 'The text is not in the file.', place: { uri: uri('a.py'), range: line(3) }, modelText: '-ten = 10\n+ten = 11\n' },
    'dovetail.undoEdit': { wait: true },
  };
}

const MARKDOWN = 'An answer.\n\na.py\n```diff\n@@ -2 +2 @@\n-two = 2\n+two = 22\n```\n\nMore words.\n';

describe('a plan', () => {
  const s = session('plan', {
    files: { 'a.py': A, 'b.py': 'x = 1\n', 'answer.md': MARKDOWN, 'from.diff': '--- a.py\n+++ a.py\n' },
    settings: (x) => scripted(x.root, { commands: plans(x.root), slow: 3 }), // the first plan is asked for while it starts
  });
  const row = (text) => s.wb.page.locator('.pane-body .monaco-list-row').filter({ hasText: text }).first();
  const tab = (text) => s.wb.page.locator('.tab').filter({ hasText: text });
  const diff = () => s.commands('dovetail.applyDiff').at(-1);
  const count = (command) => s.commands(command).length;
  /** Runs `act`, and waits until it asked for a plan. */
  const asks = async (act) => {
    const before = count('dovetail.applyDiff');
    await act();
    await until('a plan is asked for', () => count('dovetail.applyDiff') === before + 1);
  };
  /** A menu takes no click that comes at once, which could be the end of the one that opened it: so press for a while. */
  const menuItem = (name) => s.wb.page.getByRole('menuitem', { name }).click({ delay: 400 });
  /** Waits until the plan is on the screen, all of it, and lets it go. */
  const discard = async () => {
    await tab('Dovetail: 3 hunks').waitFor();
    await row('two = 22').waitFor();
    await s.wb.toast('Reading the diff').waitFor({ state: 'detached' });
    await s.wb.page.getByRole('button', { name: 'Discard Plan' }).first().click();
    await tab('Dovetail: 3 hunks').waitFor({ state: 'detached' });
  };

  test('from the clipboard opens the multi-diff editor and the list of hunks with their proofs', async () => {
    await s.wb.openFile('a.py');
    await s.type('# unsaved\n');
    await s.wb.setClipboard('--- a\n+++ b\n');
    await s.wb.palette('Dovetail: Apply Suggested Diff from Clipboard');
    await tab('Dovetail: 3 hunks').waitFor();
    await row('two = 22').waitFor();
    assert.match(await row('line 9').innerText(), /fits at another line/);
    assert.match(await row('x = 2').innerText(), /merged with your changes/);
    assert.match(await row('ten = 11').innerText(), /refused: not found/);
    await s.shot('plan-multi-diff');
    assert.equal(diff().text, '--- a\n+++ b\n');
    assert.equal(diff().preview, true);
    assert.ok(diff().uri.endsWith('/a.py'));
    // What the message says is text: there is no link in the notification or above the list.
    await s.wb.listed('[run]');
    assert.equal(await s.wb.page.locator('.notification-list-item a, .pane-body .message a').filter({ hasText: 'run' }).count(), 0);
  });

  test('shows what was refused, why, where, and the model’s text, with a link to the line', async () => {
    await s.wb.page.getByRole('button', { name: 'Show Why' }).click();
    await tab('Refused by Dovetail').waitFor();
    const text = await until('the text', async () => { const t = await s.wb.text(); return t.includes('+ten = 11') && t; });
    assert.match(text, /a\.py:4: not found/);
    assert.match(text, /The text is not in the file\./);
    await s.shot('refused');
    await s.wb.followLink('a.py:4', tab('a.py').and(s.wb.page.locator('.active')));
    await s.wb.waitStatus('Ln 4, Col 1');
  });

  test('a rejected hunk leaves the right side; only accepted ones are applied, and unsaved text stays', async () => {
    await row('line 9').locator('.monaco-custom-toggle, .codicon-check').first().click();
    await row('line 2').click();
    await tab('Dovetail: 3 hunks: a.py').waitFor();
    const right = s.wb.page.locator('.monaco-diff-editor .editor.modified .view-lines').last();
    await until('the right side', async () => { const t = await right.innerText(); return t.includes('22') && !t.includes('99'); });
    await s.shot('plan-one-rejected');
    await s.wb.palette('Dovetail: Apply Accepted Hunks');
    await tab('Dovetail: 3 hunks').first().waitFor({ state: 'detached' });
    assert.deepEqual(s.commands('dovetail.applyPlan'), [{ id: 'p1', hunks: ['h1', 'h3'] }]);
    await s.wb.openFile('a.py');
    await until('the text', async () => /# unsaved/.test(await s.wb.text()));
    assert.equal(s.read('a.py'), A); // nobody saved
  });

  test('comes from a selection, a code block under the cursor, or a file', async () => {
    await s.wb.openFile('answer.md');
    await s.wb.cursor(6);
    const discarded = count('dovetail.discardPlan');
    await asks(() => s.wb.palette('Dovetail: Apply Suggested Diff from Code Block'));
    assert.equal(diff().text, 'a.py\n```diff\n@@ -2 +2 @@\n-two = 2\n+two = 22\n```\n');
    await discard();
    await s.wb.openFile('answer.md');
    await s.wb.cursor(1);
    await s.key('Shift+End');
    await s.wb.palette('Dovetail: Apply Suggested Diff…', s.wb.page.locator('.quick-input-title').filter({ hasText: 'Apply Suggested Diff' }));
    await s.shot('apply-from');
    await asks(() => s.wb.pick('Selection'));
    assert.equal(diff().text, 'An answer.');
    await discard();
    await s.key('Control+Shift+e');
    await s.wb.page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: 'from.diff' }).click({ button: 'right' });
    await asks(() => menuItem('Apply Suggested Diff from File…'));
    assert.equal(diff().text, '--- a.py\n+++ a.py\n');
    await discard();
    await until('three are discarded', () => count('dovetail.discardPlan') === discarded + 3);
  });

  test('comes from a code block of a Markdown preview', async () => {
    await s.wb.openFile('answer.md');
    await s.key('Control+Shift+v');
    const block = s.wb.page.frameLocator('iframe.webview').last().frameLocator('iframe').locator('code', { hasText: 'two = 22' }).first();
    await block.click({ button: 'right' });
    await asks(() => menuItem('Apply Suggested Diff from Code Block'));
    assert.equal(diff().text, '```diff\n@@ -2 +2 @@\n-two = 2\n+two = 22\n```\n');
    await discard();
  });

  test('an explanation is plain text, whatever the model wrote', async () => {
    await s.wb.openFile('b.py');
    await s.wb.palette('Dovetail: Explain');
    await tab('Explanation').first().waitFor();
    await until('the text', async () => (await s.wb.text()).includes('# Not a heading'));
    assert.match(await s.wb.text(), /<b>plain<\/b> \[run\]\(command:/);
    assert.equal(s.commands('dovetail.edit').at(-1).kind, 'explain');
    await s.shot('explanation');
    assert.equal(await s.wb.page.locator('.editor-instance .detected-link').count(), 0);
  });

  test('an instruction is asked for, remembered and offered again', async () => {
    const input = s.wb.page.locator('.quick-input-title').filter({ hasText: 'Edit with Dovetail' });
    await s.wb.openFile('b.py');
    await s.key('Control+a');
    await s.wb.palette('Dovetail: Edit with Dovetail…', input);
    await s.wb.quickInput.fill('rename x to y');
    await s.wb.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'rename x to y' }).first().waitFor();
    await s.wb.quickInput.press('Enter');
    const last = () => s.commands('dovetail.edit').at(-1);
    await until('the request', () => last().instruction === 'rename x to y');
    assert.deepEqual(last().range, { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } });
    await s.wb.page.locator('.tab.active').filter({ hasText: 'Explanation' }).waitFor();
    await s.wb.openFile('b.py');
    await s.wb.palette('Dovetail: Edit with Dovetail…', input);
    await s.shot('instruction');
    await s.wb.pick('rename x to y');
    await until('the second request', () => s.commands('dovetail.edit').filter(({ instruction }) => instruction === 'rename x to y').length === 2);
  });

  test('an error of the server is said in its words; a request that takes long can be cancelled', async () => {
    await s.wb.quiet();
    await s.wb.openFile('b.py');
    await s.wb.palette('Dovetail: Fix All in File');
    await s.wb.toast('No chat endpoint is set').waitFor();
    assert.equal(s.commands('dovetail.fix').at(-1).all, true);
    await s.wb.quiet();
    await s.wb.palette('Dovetail: Undo Last Edit');
    await s.wb.toast('Undoing').getByRole('button', { name: 'Cancel' }).click();
    await until('the cancellation', () => s.heard('$/cancelRequest').length > 0);
    await s.wb.toast('Undoing').waitFor({ state: 'detached' });
  });

  test('the keys work, and are off in the source control input', async () => {
    await s.wb.openFile('b.py');
    const before = s.commands('dovetail.edit').length;
    await s.key('Control+Alt+d');
    await s.key('d');
    await until('document', () => s.commands('dovetail.edit').length === before + 1);
    assert.equal(s.commands('dovetail.edit').at(-1).kind, 'document');
  });
});
