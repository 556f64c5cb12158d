// Suggestions of the real server's embedded model in a real project.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../harness/workbench.mjs';
import { session } from '../harness/session.mjs';
import { PROJECT } from '../harness/project.mjs';

describe('the embedded model', () => {
  const s = session('suggestions', { files: { ...PROJECT, 'new.py': '' } });

  test('shows ghost text; Tab inserts it', async () => {
    await s.wb.openFile('new.py');
    await s.wb.statusSays(/embedded/);
    await s.type('from inventory import ');
    const ghost = await s.wb.waitGhost();
    await s.shot('ghost');
    console.log(JSON.stringify(ghost));
    await s.key('Tab');
    await s.wb.noGhost();
    assert.equal(await s.wb.saved(s.file('new.py')), `from inventory import ${ghost}`);
  });
});
