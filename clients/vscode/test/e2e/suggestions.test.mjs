// Suggestions of the real server's built-in model in a real project, as somebody who types meets them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { PROJECT } from '../harness/project.mjs';
import { session } from '../harness/session.mjs';
import { until } from '../harness/workbench.mjs';

/** The processes of this run's server: those whose environment names the scratch folder as their home. */
const servers = (s) =>
  fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      const line = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return line.includes('serve') && line.some((each) => each.endsWith('/dovetail')) && fs.readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HOME=${s.root}`);
    } catch {
      return false;
    }
  }).map(Number);

const TYPED = '    shelf.add(';
const START = `from inventory import Item, Shelf


def test_bolts():
    shelf = Shelf("bolts")
    shelf.add(Item("bolt", 3))
    shelf.add(Item("bolt", 3))
    assert shelf.amount_of(Item("bolt")) == 6


def test_nuts():
    shelf = Shelf("nuts")
    shelf.add(Item("bolt", 3))
    assert shelf.amount_of(Item("bolt")) == 3


def test_again():
    shelf = Shelf("again")
`;

describe('the built-in model of the real server', () => {
  const s = session('suggestions', { files: { ...PROJECT, 'test_more.py': START, 'test_last.py': START, 'test_along.py': START, 'test_demand.py': START, 'test_back.py': START, 'test_menu.py': START } });
  /** Opens the file, puts the cursor at its end and types, until ghost text is there. */
  const ghostAfter = async (file, text) => {
    await s.wb.openFile(file);
    await s.key('Control+End');
    await s.wb.settle();
    await s.type(text);
    return s.wb.waitGhost();
  };

  test('shows ghost text; Tab inserts all of it; the server counts it as accepted', async () => {
    await s.wb.openFile('test_more.py');
    await s.wb.statusSays(/built-in/);
    await s.wb.statusSays(/ready|learnt/);
    const ghost = await ghostAfter('test_more.py', TYPED);
    await s.shot('ghost');
    await s.key('Tab');
    await s.wb.noGhost();
    assert.equal(await s.wb.saved(s.file('test_more.py')), `${START}${TYPED}${ghost}`);
    await s.wb.palette('Dovetail: Why No Suggestion?');
    await s.wb.page.locator('.tab').filter({ hasText: 'Why' }).first().waitFor();
    await until('the decisions', async () => /test_more\.py:\d+:\d+/.test(await s.wb.text()));
    await s.shot('why');
    await s.key('Control+w');
    await s.wb.palette('Dovetail: Show Statistics');
    await s.wb.page.locator('.tab').filter({ hasText: 'Statistics' }).first().waitFor();
    await until('the counts', async () => /Accepted\s+1 /.test((await s.wb.text()).replaceAll('\u00a0', ' ')));
    await s.shot('statistics');
    await s.key('Control+w');
  });

  test('a word at a time; what is left is still shown', async () => {
    const ghost = await ghostAfter('test_last.py', TYPED);
    await s.key('Control+ArrowRight');
    const text = await until('a part of it', async () => {
      const now = await s.wb.ghost();
      return now && now !== ghost && ghost.endsWith(now) && now;
    });
    assert.equal(await s.wb.saved(s.file('test_last.py')), `${START}${TYPED}${ghost.slice(0, ghost.length - text.length)}`);
    await s.key('Tab');
    await s.wb.saved(s.file('test_last.py')); // a half line would be learnt after the restart below
  });

  test('typing along keeps the rest; Escape takes it away, and inserts nothing', async () => {
    const ghost = await ghostAfter('test_along.py', TYPED);
    await s.type(ghost[0]);
    await until('the rest of it', async () => (await s.wb.ghost()) === ghost.slice(1));
    await s.key('Escape');
    await s.wb.noGhost();
    assert.equal(await s.wb.saved(s.file('test_along.py')), `${START}${TYPED}${ghost[0]}`);
    await s.wb.clear();
    await s.wb.saved(s.file('test_along.py'));
  });

  test('on demand, without a key typed, by the command; next and previous leave it on the screen', async () => {
    await ghostAfter('test_demand.py', TYPED);
    await s.key('ArrowLeft');
    await s.key('ArrowRight');
    await s.wb.noGhost();
    await s.wb.palette('Dovetail: Suggest Here');
    await s.wb.waitGhost();
    await s.key('Alt+]');
    await s.wb.waitGhost();
    await s.key('Alt+[');
    await s.wb.waitGhost();
    await s.key('Tab');
    await s.wb.saved(s.file('test_demand.py'));
  });

  test('after kill -9 the server is back, said once, and suggests again', async () => {
    const [pid, ...others] = servers(s);
    assert.ok(pid && others.length === 0, `one server, not ${[pid, ...others]}`);
    process.kill(pid, 'SIGKILL');
    await s.wb.toast('It is being started again').waitFor();
    await s.shot('restarted');
    const again = await until('another server', () => servers(s).find((each) => each !== pid));
    await s.wb.statusSays(/built-in/);
    process.kill(again, 'SIGKILL');
    await until('a third', () => servers(s).find((each) => each !== pid && each !== again));
    await s.wb.statusSays(/built-in/);
    assert.equal(await (await s.wb.listed('It is being started again')).count(), 1, 'said once');
    await s.wb.quiet();
    await s.wb.statusSays(/ready|learnt/);
    await ghostAfter('test_back.py', TYPED);
    await s.key('Tab');
    await s.wb.saved(s.file('test_back.py'));
  });

  test('the menu turns a language off, says so, and on again', async () => {
    await s.wb.status().click();
    await s.wb.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Turn off for python' }).waitFor();
    await s.shot('menu');
    await s.wb.pick('Turn off for python');
    await s.wb.openFile('test_menu.py');
    await s.key('Control+End');
    await s.wb.settle();
    await s.type('    x');
    await s.wb.statusSays(/Off for python/);
    assert.equal(await s.wb.ghost(), '');
    await s.shot('off-here');
    await s.wb.palette('Dovetail: Toggle Suggestions for This Language');
    await s.wb.openFile('test_menu.py');
    await s.key('Control+End');
    await s.key('Backspace');
    await s.type('shelf.add(');
    await s.wb.waitGhost();
  });

  test('the doctor and the log can be read', async () => {
    await s.wb.palette('Dovetail: Doctor');
    await s.wb.page.locator('.tab').filter({ hasText: 'Doctor' }).first().waitFor({ timeout: 60_000 });
    await until('what it says', async () => /found by: setting/.test(await s.wb.text()));
    await s.shot('doctor');
    await s.wb.palette('Dovetail: Show Log', s.wb.page.locator('.panel .output-view, .part.panel').first());
    await s.shot('log');
  });

  test('nothing was asked of anywhere but this machine', () => {
    assert.deepEqual(s.wb.outside, []);
  });
});
