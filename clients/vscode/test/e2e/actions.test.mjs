// The light bulb's actions of the real server, and Fix and Write Tests from the palette, with a chat server on loopback.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { after, describe, test } from 'node:test';
import { chatServer } from '../harness/chat.mjs';
import { PROJECT } from '../harness/project.mjs';
import { probe, real, session, VSIX } from '../harness/session.mjs';
import { until } from '../harness/workbench.mjs';

const REPORT = PROJECT['report.py'];
const TOTALS = 'def totals(shelves: list[Shelf]) -> dict[str, int]:\n    return {shelf.name: shelf.total() for shelf in shelves}\n';
const DOCUMENTED = TOTALS.replace(':\n    return', ':\n    """How many items each shelf holds, by its name."""\n    return');
const TESTS = 'from report import totals\n\n\ndef test_no_shelf_has_no_total():\n    assert totals([]) == {}\n';
const DIFF = '--- a/report.py\n+++ b/report.py\n@@ -1,1 +1,1 @@\n-"""Lines of a report about shelves."""\n+"""What a report about shelves says."""\n';

/** What is to pass: a text that only the right value fits. */
const UNTIL = 'grep -q "VALUE = 3" goal.py || { echo "VALUE is not 3"; exit 1; }';

const block = (file, search, replace) => `${file}\n\`\`\`\n<<<<<<< SEARCH\n${search}=======\n${replace}>>>>>>> REPLACE\n\`\`\`\n`;
const fenced = (text) => `\`\`\`python\n${text}\`\`\`\n`;

describe('an action of the light bulb', () => {
  const answers = [];
  let chat;
  const s = session('actions', {
    files: { ...PROJECT, 'change.diff': DIFF, 'goal.py': 'VALUE = 1\n' },
    vsix: () => [VSIX, probe()],
    trust: true,
    prepare: async (x) => {
      chat = await chatServer(answers);
      const git = (...words) => execFileSync('git', ['-C', x.folder, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...words]);
      git('init', '--quiet');
      git('add', '.');
      git('commit', '--quiet', '-m', 'begin');
    },
    settings: () => ({ ...real(), 'probe.mode': 'lint', 'dovetail.chat.url': chat.url, 'dovetail.chat.model': 'test', 'dovetail.edits.offerFix': false, 'dovetail.edits.untilCommand': UNTIL }),
  });
  after(() => chat?.close());

  const row = (text) => s.wb.page.locator('.pane-body .monaco-list-row').filter({ hasText: text }).first();
  const tab = (text) => s.wb.page.locator('.tab').filter({ hasText: text });
  const button = (name) => s.wb.page.getByRole('button', { name }).first();
  const menu = () => s.wb.page.locator('.action-widget:not(.action-list-submenu-panel) .monaco-list-row');
  /** From 1; the last line if the words are not there. */
  const lineOf = (text, words) => text.split(words, 1)[0].split('\n').length;
  const select = async (from, to) => {
    await s.wb.cursor(from);
    for (let i = from; i < to; i++) await s.key('Shift+ArrowDown');
    await s.wb.waitStatus(`Ln ${to}, Col 1 (`);
  };
  const selectTotals = (text = s.read('report.py')) => select(lineOf(text, 'def totals'), lineOf(text, '# unsaved words'));
  /** What the light bulb offers at a place, headings and all; the menu is closed again. */
  const offered = async (place, shot) => {
    await s.wb.press('Control+.', menu().first(), { ready: place });
    const rows = (await menu().allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' ').trim());
    if (shot) await s.shot(shot);
    await s.key('Escape');
    await menu().first().waitFor({ state: 'detached' });
    return rows;
  };
  const nothingOffered = (place) => s.wb.press('Control+.', s.wb.page.locator('.monaco-editor-overlaymessage').filter({ hasText: 'No code actions available' }), { ready: place });
  const all = () => s.key('Control+a');
  /** The linter has looked, and so many errors are left in the editor. */
  const errors = (n) => until(`${n} errors`, async () => (await s.wb.page.locator('.editor-group-container.active .editor-instance .squiggly-error').count()) === n);
  /** Runs `act` with the answer that the chat server will give, and returns what it was asked: the user's message. */
  const asks = async (answer, act) => {
    const before = chat.asked.length;
    answers[before] = answer;
    await act();
    await until('the chat server is asked', () => chat.asked.length > before);
    return chat.asked[before].messages.at(-1).content;
  };
  /** The list of files that a request is sent with, on the screen. */
  const files = () => s.wb.page.locator('.quick-input-title').filter({ hasText: 'Sent to the Chat Model' });
  /** Enter in that list, once its row is the one that is meant. */
  const enter = async (row, done) => {
    const focused = s.wb.page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: row });
    await s.wb.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: row }).first().waitFor();
    for (let down = 0; down < 6 && !(await focused.count()); down++) await s.wb.quickInput.press('ArrowDown');
    await s.wb.quickInput.press('Enter');
    await done();
  };
  const sent = () => enter('Send ', () => files().waitFor({ state: 'hidden' }));
  /** The review is on the screen, all of it. */
  const reviewed = async (title = 'Dovetail: 1 hunk') => {
    await tab(title).first().waitFor();
    await until('no progress is shown', async () => (await s.wb.page.locator('.notification-toast .monaco-progress-container:not(.done)').count()) === 0);
  };
  const applied = async () => {
    await button('Apply Accepted Hunks').click();
    await tab('Dovetail: ').first().waitFor({ state: 'detached' });
  };
  const discarded = async () => {
    await button('Discard Plan').click();
    await tab('Dovetail: ').first().waitFor({ state: 'detached' });
  };

  test('is not offered in a workspace that nobody trusts, not even for a diff', async () => {
    await s.wb.openFile('report.py');
    await s.wb.statusSays(/built-in/);
    await nothingOffered(selectTotals);
    await s.wb.openFile('change.diff');
    await nothingOffered(all);
    await s.wb.palette('Workspaces: Manage Workspace Trust', s.wb.page.locator('.workspace-trust-editor'));
    await s.wb.page.locator('.workspace-trust-editor').getByRole('button', { name: /^Trust$/ }).first().click();
    assert.equal(chat.asked.length, 0);
  });

  test('is a rewriting for a selection: edit, document, write tests', async () => {
    await s.wb.openFile('report.py');
    assert.deepEqual(await offered(selectTotals, 'action-menu'), ['Quick Fix', 'Fix until it passes with Dovetail', 'Rewrite', 'Edit with Dovetail…', 'Document with Dovetail', 'Write tests with Dovetail']);
    assert.equal(chat.asked.length, 0); // looking costs nothing
  });

  test('to document asks with the selection, shows the change with its proof, and writes that alone beside unsaved words', async () => {
    await s.key('Control+End');
    await s.type('# unsaved words\n');
    const asked = await asks(fenced(DOCUMENTED), () => s.wb.codeAction('Document with Dovetail', selectTotals));
    assert.ok(asked.includes(TOTALS) && asked.includes('# unsaved words'), asked);
    assert.match(asked, /The region to document, lines 18 to 19:/);
    await reviewed();
    await row('How many items each shelf holds').waitFor();
    assert.match(await row('How many items each shelf holds').innerText(), /rewritten/);
    await s.shot('action-review');
    await applied();
    await s.wb.openFile('report.py');
    assert.equal(s.read('report.py'), REPORT); // nobody saved
    assert.equal(await s.wb.saved(s.file('report.py')), `${REPORT.replace(TOTALS, DOCUMENTED)}# unsaved words\n`);
  });

  test('to edit asks for the instruction first; a plan that is discarded leaves nothing', async () => {
    const text = s.read('report.py');
    const asked = await asks(fenced(DOCUMENTED.replace('totals', 'sums')), async () => {
      await s.wb.codeAction('Edit with Dovetail…', selectTotals);
      await s.wb.page.locator('.quick-input-title').filter({ hasText: 'Edit with Dovetail' }).waitFor();
      await s.wb.quickInput.fill('call it sums');
      await s.wb.page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: 'call it sums' }).waitFor();
      await s.wb.quickInput.press('Enter');
    });
    assert.match(asked, /Request: call it sums$/);
    assert.match(asked, /The region to change, lines 18 to 20:/); // what is selected, not the function around it
    await reviewed();
    await row('sums').waitFor();
    await discarded();
    await s.wb.openFile('report.py');
    assert.equal(await s.wb.saved(s.file('report.py')), text);
  });

  test('on an error is a quick fix, which asks about that error, shows the change, and leaves the rest unsaved', async () => {
    await s.wb.openFile('test_inventory.py');
    await s.key('Control+Home');
    await s.type('first = BROKEN\nsecond = BROKEN\n');
    await errors(2);
    assert.deepEqual((await offered(() => s.wb.cursor(2), 'action-fix')).slice(0, 3), ['Quick Fix', 'Fix with Dovetail: BROKEN is not defined', 'Fix all in file with Dovetail']);
    const asked = await asks(block('test_inventory.py', 'second = BROKEN\n', 'second = 2\n'), () => s.wb.codeAction('Fix with Dovetail: BROKEN', () => s.wb.cursor(2)));
    assert.match(asked, /Reported:\ntest_inventory\.py:2:1: error: BROKEN is not defined\n {4}second = BROKEN$/); // nothing of line 1
    await reviewed();
    assert.match(await row('second = 2').innerText(), /fits exactly/);
    await applied();
    await s.wb.openFile('test_inventory.py');
    await until('the fix', async () => (await s.wb.text()).startsWith('first = BROKEN\nsecond = 2\n'));
    assert.equal(s.read('test_inventory.py'), PROJECT['test_inventory.py']);
  });

  test('to fix the whole file asks about every error that is left', async () => {
    await s.wb.openFile('test_inventory.py');
    await errors(1);
    const asked = await asks(block('test_inventory.py', 'first = BROKEN\n', ''), () => s.wb.codeAction('Fix all in file with Dovetail', () => s.wb.cursor(1)));
    assert.match(asked, /Reported:\ntest_inventory\.py:1:1: error: BROKEN is not defined\n {4}first = BROKEN$/);
    await reviewed();
    await applied();
    await s.wb.openFile('test_inventory.py');
    assert.equal(await s.wb.saved(s.file('test_inventory.py')), `second = 2\n${PROJECT['test_inventory.py']}`);
  });

  test('applies the diff that is selected', async () => {
    await s.wb.openFile('change.diff');
    const before = chat.asked.length;
    await s.wb.codeAction('Apply suggested diff', all);
    await reviewed();
    assert.match(await row('What a report').innerText(), /fits exactly/);
    await applied();
    await s.wb.openFile('report.py');
    assert.equal(await s.wb.saved(s.file('report.py')), `${REPORT.replace(TOTALS, DOCUMENTED).replace('Lines of a report about shelves.', 'What a report about shelves says.')}# unsaved words\n`);
    assert.equal(chat.asked.length, before); // a diff needs no model
  });

  test('Write Tests, from the palette, asks with the selection and shows a new file; discarded, it is nowhere', async () => {
    const asked = await asks(block('test_report.py', '', TESTS), async () => {
      await s.wb.palette('Dovetail: Write Tests', files(), selectTotals);
      await s.wb.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'test_inventory.py' }).waitFor();
      await s.shot('files');
      await sent();
    });
    assert.match(asked, /The code to test is in report\.py, lines 18 to 20:/);
    assert.ok(asked.endsWith(fenced(DOCUMENTED).trimEnd()), asked);
    assert.ok(asked.includes(`test_inventory.py\n\`\`\`\n${s.read('test_inventory.py')}`), asked); // how tests are written here
    await reviewed();
    await row('test_report.py').waitFor();
    assert.match(await row('test_report.py').innerText(), /new file/);
    await s.shot('write-tests');
    await discarded();
    assert.equal(fs.existsSync(s.file('test_report.py')), false);
  });

  test('nothing is sent where the list of files is left', async () => {
    await s.wb.openFile('report.py');
    const before = chat.asked.length;
    await s.wb.palette('Dovetail: Write Tests', files(), selectTotals);
    await s.wb.quickInput.press('Escape');
    await files().waitFor({ state: 'hidden' });
    await until('no progress is shown', async () => (await s.wb.page.locator('.notification-toast .monaco-progress-container:not(.done)').count()) === 0);
    assert.equal(chat.asked.length, before);
  });

  test('Write Tests, applied, makes the file beside the code; Undo Last Edit takes it away again', async () => {
    await s.wb.openFile('report.py');
    const asked = await asks(block('test_report.py', '', TESTS), async () => {
      await s.wb.palette('Dovetail: Write Tests', files(), selectTotals);
      await enter('test_inventory.py', () => s.wb.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'left out' }).waitFor());
      await sent();
    });
    assert.ok(!asked.includes('test_inventory.py'), asked); // one key left it out
    await reviewed();
    await applied();
    await tab('test_report.py').and(s.wb.page.locator('.active')).waitFor(); // what was written is what is shown
    await s.wb.focusEditor();
    await s.shot('tests-written');
    assert.equal(await s.wb.saved(s.file('test_report.py')), TESTS);
    await s.wb.palette('Dovetail: Undo Last Edit');
    await until('no file', () => !fs.existsSync(s.file('test_report.py')));
  });

  test('Fix, from the palette, asks about the errors of the selected lines only', async () => {
    await s.wb.openFile('test_inventory.py');
    const text = s.read('test_inventory.py');
    await s.key('Control+Home');
    await s.type('a = BROKEN\nb = BROKEN\nc = BROKEN\n');
    await errors(3);
    const asked = await asks(block('test_inventory.py', 'a = BROKEN\nb = BROKEN\n', 'a = 1\nb = 2\n'), () => s.wb.palette('Dovetail: Fix', undefined, () => select(1, 3)));
    assert.match(asked, /Reported:\n.*:1:1: .*\n.*a = BROKEN\n.*:2:1: .*\n.*b = BROKEN$/);
    await reviewed();
    assert.match(await row('a = 1').innerText(), /fits exactly/);
    await applied();
    await s.wb.openFile('test_inventory.py');
    assert.equal(await s.wb.saved(s.file('test_inventory.py')), `a = 1\nb = 2\nc = BROKEN\n${text}`);
  });

  test('Fix, where no error is, says so, and no model is asked', async () => {
    const before = chat.asked.length;
    await s.wb.quiet();
    await s.wb.openFile('report.py');
    await s.wb.palette('Dovetail: Fix');
    await s.wb.toast('There is no error to fix here').waitFor();
    assert.equal(chat.asked.length, before);
  });

  test('Explain shows the model’s words and changes nothing', async () => {
    await s.wb.openFile('report.py');
    const asked = await asks('It adds up **each** shelf.', () => s.wb.palette('Dovetail: Explain'));
    assert.match(asked, /Explain lines 1 to 1:/);
    await tab('Explanation').first().waitFor();
    await until('the text', async () => (await s.wb.text()).includes('It adds up **each** shelf.'));
    await s.shot('explain');
  });

  test('no key of Dovetail’s works in the source control input, and its menu has nothing of ours', async () => {
    const before = chat.asked.length;
    await s.wb.setClipboard(DIFF);
    await s.key('Control+Shift+g');
    const input = s.wb.page.locator('.scm-editor .monaco-editor').first();
    await input.click();
    await s.wb.page.locator('.scm-editor .monaco-editor.focused').waitFor();
    for (const last of ['e', 'f', 'd', 't', 'x', 's', 'v', 'z', 'b']) {
      await s.key('Control+Alt+d');
      await s.key(last);
    }
    await until('the letters are letters', async () => (await s.wb.page.locator('.scm-editor .view-lines').innerText()) === 'efdtxsvzb');
    await input.click({ button: 'right' });
    await s.wb.page.getByRole('menuitem', { name: 'Paste' }).waitFor();
    assert.equal(await s.wb.page.getByRole('menuitem', { name: /Dovetail/ }).count(), 0);
    await s.key('Escape');
    assert.equal(await tab('Dovetail: ').count(), 0);
    assert.equal(chat.asked.length, before);
  });

  const trees = () => execFileSync('git', ['-C', s.folder, 'worktree', 'list'], { encoding: 'utf8' }).trim().split('\n').length;
  const goal = (from, to) => block('goal.py', `VALUE = ${from}\n`, `VALUE = ${to}\n`);

  test('Fix Until It Passes shows its command, asks once, and changes the text once, when it passes', async () => {
    await s.wb.quiet();
    await s.wb.openFile('goal.py');
    const before = chat.asked.length;
    answers[before] = goal(1, 2);
    answers[before + 1] = goal(2, 3);
    await s.wb.palette('Dovetail: Fix Until It Passes');
    const confirm = s.wb.toast(UNTIL);
    await confirm.waitFor();
    await s.shot('until-confirm');
    assert.equal(chat.asked.length, before);
    await confirm.getByRole('button', { name: 'Run' }).click();
    await s.wb.toast('passes. ').waitFor();
    await s.shot('until-passes');
    assert.equal(chat.asked.length, before + 2);
    assert.match(JSON.stringify(chat.asked[before + 1].messages), /VALUE is not 3/); // the second round is told what failed
    assert.equal(s.read('goal.py'), 'VALUE = 1\n'); // the server writes no file
    await s.wb.openFile('goal.py');
    assert.equal((await s.wb.text()).trim(), 'VALUE = 3');
    await s.key('Control+z');
    await until('one step back', async () => (await s.wb.text()).trim() === 'VALUE = 1');
  });

  test('where it never passes everything is as it was, and the last round is told', async () => {
    await s.wb.quiet();
    await s.wb.openFile('goal.py');
    const before = chat.asked.length;
    for (const round of [0, 1, 2]) answers[before + round] = goal(round === 0 ? 1 : round + 4, round + 5);
    await s.wb.palette('Dovetail: Fix Until It Passes'); // confirmed already
    const told = s.wb.toast('does not pass');
    await told.waitFor();
    await s.shot('until-never');
    assert.equal(chat.asked.length, before + 3);
    assert.match(await told.innerText(), /VALUE is not 3/);
    await s.wb.openFile('goal.py');
    assert.equal((await s.wb.text()).trim(), 'VALUE = 1');
    assert.equal(trees(), 1);
  });

  test('cancelled, it leaves nothing', async () => {
    await s.wb.quiet();
    await s.wb.openFile('goal.py');
    await asks(new Promise(() => {}), () => s.wb.palette('Dovetail: Fix Until It Passes'));
    const progress = s.wb.toast('Fixing until it passes');
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await progress.waitFor({ state: 'detached' });
    await until('the copy is gone', () => trees() === 1);
    assert.equal((await s.wb.text()).trim(), 'VALUE = 1');
    assert.equal(s.read('goal.py'), 'VALUE = 1\n');
  });

  test('without a chat server nothing is offered for a selection or an error but the diff, and a command says why', async () => {
    s.set({ 'dovetail.chat.url': '' });
    await s.wb.openFile('test_inventory.py');
    await nothingOffered(() => s.wb.cursor(3));
    await s.wb.palette('Dovetail: Fix');
    const toast = s.wb.toast('No chat server is set');
    await toast.waitFor();
    await s.shot('no-chat');
    await s.wb.openFile('change.diff');
    assert.deepEqual(await offered(all), ['Rewrite', 'Apply suggested diff']);
    await toast.getByRole('button', { name: 'Open Settings' }).click();
    await s.wb.page.locator('.settings-editor .setting-item-label').filter({ hasText: /^Url$/ }).first().waitFor();
    await s.shot('chat-settings');
  });

  test('asked nobody but this machine', () => assert.deepEqual(s.wb.outside, []));
});
