// Where the server comes from, and what holds in a workspace that nobody trusts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { DOVETAIL, PYTHON, scripted, session } from '../harness/session.mjs';
import { until } from '../harness/workbench.mjs';

/** PATH without any folder in which a dovetail is. */
const barePath = () => process.env.PATH.split(path.delimiter).filter((folder) => !fs.existsSync(path.join(folder, 'dovetail'))).join(path.delimiter);

const FILES = { 'a.py': 'total = 1\ntotal = 1\n' };

describe('without a server', () => {
  const s = session('install', {
    files: FILES,
    env: () => ({ PATH: barePath() }),
    // The wheel is the one inside the extension, as a user gets it.
    settings: () => ({ 'dovetail.server.python': PYTHON }),
  });
  const managed = () => path.join(s.server.data, 'User/globalStorage/dovetail.dovetail/server');
  const offer = () => s.wb.toast('Dovetail needs its language server');

  test('one is offered, and nothing is made before the answer', async () => {
    await s.wb.openFile('a.py');
    await offer().waitFor();
    await s.wb.statusSays(/no server is installed/);
    await s.shot('offer');
    assert.equal(fs.existsSync(managed()), false);
  });

  test('installing can be cancelled, and leaves nothing', async () => {
    await offer().getByRole('button', { name: 'Install', exact: true }).click();
    const progress = s.wb.toast(/Making a virtual environment|Installing/);
    await progress.waitFor();
    await s.shot('installing');
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await progress.waitFor({ state: 'detached' });
    await until('nothing is left', () => !fs.existsSync(managed()));
    await s.wb.statusSays(/no server is installed/);
  });

  test('installed from the status bar, it starts and suggests', async () => {
    await s.wb.status().click();
    await offer().getByRole('button', { name: 'Install', exact: true }).click();
    await s.wb.statusSays(/built-in/, 240_000);
    assert.ok(fs.existsSync(path.join(managed(), '.dovetail-ready')));
    await s.wb.openFile('a.py');
    await s.key('Control+End');
    await s.wb.settle();
    await s.type('tot');
    await s.wb.waitGhost();
    await s.key('Escape');
  });

  test('removed again, after a question, it leaves nothing, and is not offered unasked', async () => {
    const question = s.wb.page.getByRole('dialog').filter({ hasText: 'Remove the server that this extension installed?' });
    await s.wb.palette('Dovetail: Remove Installed Server…', question);
    await question.getByRole('button', { name: 'Cancel' }).click();
    assert.ok(fs.existsSync(managed()));
    await s.wb.palette('Dovetail: Remove Installed Server…', question);
    await s.shot('remove-server');
    await question.getByRole('button', { name: 'Remove' }).click();
    await until('nothing is left', () => !fs.existsSync(managed()));
    await s.wb.statusSays(/no server is installed/);
    assert.equal(await offer().count(), 0);
  });
});

describe('the workspace’s environment', () => {
  const s = session('workspace-venv', {
    files: FILES,
    env: () => ({ PATH: barePath() }),
    settings: () => ({}),
    prepare: (x) => {
      // As an installation into `.venv` leaves it: a program beside the interpreter.
      fs.mkdirSync(x.file('.venv/bin'), { recursive: true });
      fs.symlinkSync(DOVETAIL, x.file('.venv/bin/dovetail'));
    },
  });

  test('is used, and the menu says where the server is from', async () => {
    await s.wb.openFile('a.py');
    await s.wb.statusSays(/built-in/);
    await s.wb.status().click();
    await s.wb.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'from the environment of this workspace' }).waitFor();
  });
});

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

describe('keys and endpoints', () => {
  const s = session('keys', { files: FILES, settings: (x) => ({ ...scripted(x.root, { slow: 2 }), 'dovetail.endpoints': [{ url: 'http://127.0.0.1:9', name: 'near' }, { url: 'https://far.example', name: 'far' }] }) });
  const told = () => s.heard('initialize').length;

  test('a key goes into the server’s environment, and into no file that we can read', async () => {
    await s.wb.openFile('a.py');
    await until('the server is up', () => told() === 1);
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

describe('a server that cannot start', () => {
  const s = session('failing', { files: FILES, settings: (x) => scripted(x.root, { die: 'at initialize' }) });

  test('is tried with pauses, said once, then left alone with a way to try again', async () => {
    await s.wb.toast('It is being started again').waitFor();
    assert.equal(await s.wb.page.locator('.notification-toast').count(), 1);
    await s.wb.toast('fails again and again').waitFor({ timeout: 60_000 });
    assert.equal(s.heard('start').length, 6);
    await s.shot('failing');
    fs.writeFileSync(path.join(s.root, 'script.json'), JSON.stringify({ status: [{ state: 'idle', source: 'embedded', message: 'well again', mode: 'automatic' }] }));
    await s.wb.toast('fails again and again').getByRole('button', { name: 'Restart' }).click();
    await s.wb.statusSays(/well again/);
  });
});
