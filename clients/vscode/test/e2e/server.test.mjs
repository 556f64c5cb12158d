// What the server is told, in a workspace that nobody trusts and of keys and endpoints; and one that cannot start.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { scripted, session } from '../harness/session.mjs';
import { until } from '../harness/workbench.mjs';

const FILES = { 'a.py': 'total = 1\ntotal = 1\n' };

describe('in a workspace that is not trusted', () => {
  const s = session('untrusted', {
    files: { ...FILES, '.vscode/settings.json': JSON.stringify({ 'dovetail.completion.maxLines': 7, 'dovetail.endpoints': [{ url: 'http://192.0.2.1' }] }) },
    trust: true,
    settings: (x) => ({ ...scripted(x.root, { inline: [{ before: 'one = $', items: ['1'] }] }), 'dovetail.endpoints': [{ url: 'http://127.0.0.1:9', name: 'mine' }] }),
  });
  const options = () => s.heard('initialize').at(-1).params.initializationOptions;

  test('the server is told of no endpoint, of no chat, and of no setting of the workspace', async () => {
    await s.wb.openFile('a.py');
    await until('the server is up', () => s.heard('initialized').length === 1);
    const { client, ...settings } = options();
    assert.equal(client.trusted, false);
    assert.deepEqual(settings, { endpoints: [], chat: { url: '' } });
    await s.key('Control+End');
    await s.wb.settle();
    await s.type('one = ');
    await s.wb.waitGhost();
    await s.shot('untrusted');
    await s.key('Escape');
  });

  test('edits are neither in the palette nor done by their keys', async () => {
    await s.wb.press('F1', s.wb.quickInput);
    await s.wb.quickInput.fill('>Dovetail: Apply Suggested Diff');
    await until('the palette is filtered', async () => {
      const rows = await s.wb.page.locator('.quick-input-list .monaco-list-row').allInnerTexts();
      return rows.length > 0 && !rows.some((row) => /Apply Suggested Diff/.test(row));
    });
    await s.key('Escape');
    await s.wb.setClipboard('--- a/a.py\n');
    await s.wb.focusEditor();
    await s.key('Control+Alt+d');
    await s.key('v');
    await s.wb.settle();
    assert.deepEqual(s.heard('workspace/executeCommand').filter(({ params }) => params.command !== 'dovetail.accept'), []);
  });

  test('once it is trusted the server starts again with everything', async () => {
    await s.wb.palette('Workspaces: Manage Workspace Trust', s.wb.page.locator('.workspace-trust-editor'));
    await s.wb.page.locator('.workspace-trust-editor').getByRole('button', { name: /^Trust$/ }).first().click();
    await until('a second start', () => s.heard('initialize').length === 2);
    assert.equal(options().client.trusted, true);
    assert.deepEqual(options().endpoints, [{ url: 'http://127.0.0.1:9', name: 'mine' }]);
    assert.deepEqual(options().completion, { maxLines: 7 });
  });
});

describe('a server that cannot start, and once it can: keys and endpoints', () => {
  const s = session('failing', {
    files: FILES,
    settings: (x) => ({ ...scripted(x.root, { die: 'at initialize' }), 'dovetail.endpoints': [{ url: 'http://127.0.0.1:9', name: 'near' }, { url: 'https://far.example', name: 'far' }] }),
  });
  /** What the server does from its next start on. */
  const script = (value) => fs.writeFileSync(path.join(s.root, 'script.json'), JSON.stringify(value));

  test('is tried with pauses, said once, then left alone with a way to try again', async () => {
    await s.wb.toast('It is being started again').waitFor();
    assert.equal(await s.wb.page.locator('.notification-toast').count(), 1);
    await s.wb.toast('fails again and again').waitFor({ timeout: 60_000 });
    assert.equal(s.heard('start').length, 6);
    await s.shot('failing');
    script({ status: [{ state: 'idle', source: 'embedded', message: 'well again', mode: 'automatic' }] });
    await s.wb.toast('fails again and again').getByRole('button', { name: 'Restart' }).click();
    await s.wb.statusSays(/well again/);
  });

  test('a key goes into the server’s environment, and into no file that we can read', async () => {
    script({ slow: 2 });
    await s.wb.quiet();
    await s.wb.openFile('a.py');
    await s.wb.palette('Dovetail: Set API Key…', s.wb.page.locator('.quick-input-title').filter({ hasText: '1/2' }));
    await s.wb.quickInput.fill('PATH');
    await s.wb.page.locator('.quick-input-message').filter({ hasText: 'must end in KEY' }).waitFor();
    await s.wb.quickInput.fill('FAR_API_KEY');
    await s.key('Enter');
    await s.wb.page.locator('.quick-input-title').filter({ hasText: '2/2' }).waitFor();
    await s.wb.page.locator('.quick-input-widget input[type=password]').fill('top-secret-words');
    await s.key('Enter');
    await until('a start with the key', () => s.heard('start').at(-1).keys.FAR_API_KEY === 'top-secret-words');
    const { status, stdout } = spawnSync('grep', ['-rlF', '--exclude=heard.jsonl', 'top-secret-words', s.root], { encoding: 'utf8' });
    assert.deepEqual([status, stdout], [1, '']); // 1: nothing found
  });

  test('the endpoint is chosen by name, also while the server starts; the built-in model alone too', async () => {
    await s.wb.palette('Dovetail: Choose Endpoint…', s.wb.page.locator('.quick-input-title').filter({ hasText: 'Choose Endpoint' }));
    await s.shot('endpoints');
    await s.wb.pick('far');
    const last = () => s.heard('workspace/didChangeConfiguration').at(-1)?.params.settings.dovetail.endpoints;
    await until('the choice', () => last()?.length === 1 && last()[0].name === 'far');
    await s.wb.palette('Dovetail: Choose Endpoint…', s.wb.page.locator('.quick-input-title').filter({ hasText: 'Choose Endpoint' }));
    await s.wb.pick('Built-in model only');
    await until('no endpoint', () => last()?.length === 0);
  });
});
