// What the extension does around suggestions, seen by a server that writes down all it hears.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { probe, scripted, session, VSIX } from '../harness/session.mjs';
import { until } from '../harness/workbench.mjs';

const INLINE = [
  { before: 'one = $', items: ['first + second'] },
  { before: 'many = $', items: ['alpha', 'beta', 'gamma'] },
  { before: 'pop\\.$', items: ['append(1)'] },
];

const LINE = { start: { line: 2, character: 0 }, end: { line: 3, character: 0 } };
const NEXT = { file: 'c.py', edit: { id: 'n1', range: LINE, newText: 'final = 9\n', line: 2, before: 'last = 9', after: 'final = 9', proof: 'exact', rule: 'rewrite', chance: 0.9, places: 1, why: '2 edits like it' } };

describe('around suggestions', () => {
  const s = session('typing', {
    files: { 'a.py': '', 'b.py': '', 'c.py': '\n\nlast = 9\n' },
    vsix: () => [VSIX, probe()],
    settings: (x) => ({
      ...scripted(x.root, {
        inline: INLINE,
        next: NEXT,
        status: [{ state: 'offline', source: '$(alert) far', message: 'far.example does not answer.', mode: 'automatic' }],
        messages: ['Plain [words](command:workbench.action.files.newUntitledFile) only.'],
      }),
      'probe.mode': 'other',
      'editor.wordBasedSuggestions': 'currentDocument', // in the pop-up, which opens only when a key asks for it
    }),
  });
  const start = async (text) => {
    await s.wb.clear();
    await s.wb.settle();
    await s.type(text);
    return s.wb.waitGhost();
  };

  test('the status tells of an endpoint that is away, in plain text; so do messages', async () => {
    await s.wb.openFile('a.py');
    await s.wb.statusSays(/far\.example does not answer/);
    assert.match(await s.wb.status().innerText(), /\$ ?\(alert\) far/);
    const message = await s.wb.listed('Plain [words]');
    assert.equal(await message.locator('a').filter({ hasText: 'words' }).count(), 0);
    await s.shot('offline');
    await s.wb.quiet();
  });

  test('Tab runs the command that tells the server of the acceptance', async () => {
    await s.wb.openFile('a.py');
    assert.equal(await start('one = '), 'first + second');
    await s.key('Tab');
    await until('accepted', () => s.commands('dovetail.accept').length === 1);
    assert.deepEqual(s.commands('dovetail.accept'), [{ id: 's0' }]);
  });

  test('Escape tells the server, once; typing past tells nothing', async () => {
    await start('one = ');
    await s.key('Escape');
    await until('rejected', () => s.heard('dovetail/didReject').length === 1);
    assert.deepEqual(s.heard('dovetail/didReject')[0].params, { id: 's0' });
    await s.wb.noGhost();
    await start('one = ');
    await s.type('other words');
    await s.wb.noGhost();
    await s.key('Escape');
    await s.wb.settle();
    assert.equal(s.heard('dovetail/didReject').length, 1);
  });

  test('word by word to the end is an acceptance too', async () => {
    const before = s.commands('dovetail.accept').length;
    await start('one = ');
    for (let left = await s.wb.ghost(), steps = 0; left; steps++) {
      await s.key('Control+ArrowRight');
      const was = left;
      left = await until('less is left', async () => { const now = await s.wb.ghost(); return now !== was && (now || ' '); }).then((now) => now.trim() && now);
      assert.ok(steps < 5 && was.endsWith(left), `"${left}" is left of "${was}"`);
    }
    await until('accepted', () => s.commands('dovetail.accept').length === before + 1);
  });

  test('next and previous walk through what there is', async () => {
    assert.equal(await start('many = '), 'alpha');
    for (const [key, text] of [['Alt+]', 'beta'], ['Alt+]', 'gamma'], ['Alt+[', 'beta']]) {
      await s.key(key);
      await until(text, async () => (await s.wb.ghost()) === text);
    }
    await s.key('Escape');
  });

  test('beside another provider: each shows where it has something, and nothing flickers', async () => {
    await s.wb.page.evaluate(() => {
      window.seen = [];
      const look = () => {
        const now = [...document.querySelectorAll('.editor-instance .view-lines [class*="ghost-text"]')].map((e) => e.textContent.replace(/\u00a0/g, ' ')).join('');
        if (now !== window.seen.at(-1)) window.seen.push(now);
      };
      window.watch = new MutationObserver(look);
      window.watch.observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    assert.equal(await start('other = '), 'from another');
    assert.equal(await start('one = '), 'first + second');
    const seen = await s.wb.page.evaluate(() => { window.watch.disconnect(); return window.seen; });
    const shown = seen.filter(Boolean);
    assert.deepEqual(shown, ['from another', 'first + second'], JSON.stringify(seen));
    await s.key('Escape');
  });

  test('a next edit and a suggestion are never on the screen together; the one that is asked for is shown', async () => {
    const edit = /Tab: next edit, line 3/;
    const alone = { edit: async () => edit.test(await s.wb.behind()) && (await s.wb.ghost()) === '', ghost: async () => (await s.wb.ghost()) === 'first + second' && (await s.wb.behind()) === '' };
    await s.wb.openFile('c.py');
    await s.type('one = ');
    await until('the suggestion alone', alone.ghost);
    await s.wb.palette('Dovetail: Next Edit');
    await until('the next edit alone', alone.edit);
    await s.wb.palette('Dovetail: Suggest Here');
    await until('the suggestion alone', alone.ghost);
    await s.wb.focusEditor();
    await s.key('Control+Home');
    await s.key('End');
    await s.wb.palette('Dovetail: Suggest Here');
    await until('the suggestion alone', alone.ghost);
    await s.key('Escape');
    await until('the next edit, now that the suggestion is gone', alone.edit);
    await s.key('Escape');
    await until('rejected', () => s.heard('dovetail/didRejectNextEdit').length === 1);
    await until('nothing is left on the screen', async () => (await s.wb.behind()) === '');
  });

  test('the pop-up’s choice reaches the server, and the first Escape closes only the pop-up', async () => {
    const rejected = s.heard('dovetail/didReject').length;
    await s.wb.openFile('b.py');
    await s.wb.replace('appendix = 1\n');
    await s.type('pop.');
    await s.wb.waitGhost();
    await s.key('Control+Space');
    const popup = s.wb.page.locator('.suggest-widget.visible');
    await popup.locator('.monaco-list-row').filter({ hasText: 'appendix' }).waitFor();
    await until('what is selected is sent', () => s.heard('textDocument/inlineCompletion').some(({ params }) => params.context.selectedCompletionInfo?.text === 'appendix'));
    await s.key('Escape');
    await popup.waitFor({ state: 'hidden' });
    assert.equal(s.heard('dovetail/didReject').length, rejected);
  });
});
