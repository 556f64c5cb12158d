// Where the server comes from: installed by the extension, or found in the workspace.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { DOVETAIL, PYTHON, session } from '../harness/session.mjs';
import { until } from '../harness/workbench.mjs';

/** PATH without any folder in which a dovetail is. */
const barePath = () => process.env.PATH.split(path.delimiter).filter((folder) => !fs.existsSync(path.join(folder, 'dovetail'))).join(path.delimiter);

describe('without a server', () => {
  const s = session('install', {
    files: { 'a.py': 'total = 1\ntotal = 1\n' },
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

  test('the environment of the workspace is used, and the menu says where the server is from', async () => {
    // As an installation into `.venv` leaves it: a program beside the interpreter.
    fs.mkdirSync(s.file('.venv/bin'), { recursive: true });
    fs.symlinkSync(DOVETAIL, s.file('.venv/bin/dovetail'));
    await s.wb.palette('Dovetail: Restart Server');
    await s.wb.statusSays(/built-in/);
    await s.wb.status().click();
    await s.wb.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'from the environment of this workspace' }).waitFor();
  });
});
