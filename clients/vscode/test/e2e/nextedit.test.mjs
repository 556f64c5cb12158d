// The next edit of the real server: shown at its place, pointed to from elsewhere, made by the same key, sent away by another.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { nextServer } from '../harness/next.mjs';
import { probe, real, session, VSIX } from '../harness/session.mjs';
import { until } from '../harness/workbench.mjs';

/** Four functions with a call in each. Each file has words of its own: a rule holds in all documents that are open. */
const calls = (call) => ['one', 'two', 'three', 'four'].map((name) => `def ${name}(cart):\n    ${call}("${name} %s", cart)\n    return cart\n`).join('\n\n');
const CODE = calls('log.debug');
const NAMED = (name) => `def ${name}(cart):\n    return cart.sum\n\n\ndef report(cart):\n    return f"{${name}(cart)} in the cart"\n\n\ndef check(cart):\n    assert ${name}(cart) > 0\n`;
const BASKET = 'import shop\n\n\ndef one(cart):\n    return cart.sum(1)\n\n\ndef two(cart):\n    return cart.count(2)\n';

describe('the next edit', () => {
  let model;
  const s = session('nextedit', {
    files: { 'shop.py': CODE, 'again.py': calls('app.warn'), 'all.py': calls('std.write'), 'named.py': NAMED('total_of'), 'fixed.py': NAMED('fixed_of'), 'basket.py': BASKET },
    vsix: () => [VSIX, probe()],
    prepare: async () => { model = await nextServer((window) => window.replace('cart.count(2)', 'cart.total(2)')); },
    settings: () => ({ ...real(), 'dovetail.embedded.enabled': false, 'probe.mode': 'rename' }),
  });
  after(() => model?.close());

  /** Replaces a word of `length` letters by another in one change: typed on a slow machine it would be several edits. */
  const put = async (line, column, length, text) => {
    await s.wb.cursor(line, column);
    for (let i = 0; i < length; i++) await s.key('Shift+ArrowRight');
    await s.wb.waitStatus(`Ln ${line}, Col ${column + length}`);
    await s.wb.page.keyboard.insertText(text);
  };
  const hinted = (pattern) => until(`the hint ${pattern}`, async () => pattern.test(await s.wb.behind()));
  const rewriteTwice = async (file, column, length, text) => {
    await s.wb.openFile(file);
    for (const line of [2, 7]) await put(line, column, length, text);
    await s.wb.cursor(1);
    await s.wb.palette('Dovetail: Next Edit');
    await hinted(/Tab: next edit, line 12/);
    await s.wb.focusEditor();
    await s.wb.cursor(1);
  };

  test('one key goes there, where it is ghost text; the same key makes it', async () => {
    await s.wb.openFile('shop.py');
    await s.wb.statusSays(/built-in/); // what is typed before the server runs it does not hear of
    await rewriteTwice('shop.py', 8, 0, 'ger');
    assert.match(await s.wb.behind(), /→ logger\.debug\("three %s", cart\)/);
    await s.shot('next-edit');
    await s.key('Tab');
    await s.wb.waitStatus('Ln 12, Col 5');
    await until('ghost text, and nothing beside it', async () => (await s.wb.ghost()) === 'ger' && (await s.wb.behind()) === '');
    await s.shot('next-edit-ghost');
    await s.key('Tab');
    await until('the edit', async () => /logger\.debug\("three/.test(await s.wb.text()));
    assert.match(await s.wb.saved(s.file('shop.py')), /^ {4}logger\.debug\("three %s", cart\)$/m);
    assert.equal(s.read('shop.py'), CODE.replaceAll('log.', 'logger.').replace('logger.debug("four', 'log.debug("four'));
    await put(17, 8, 0, 'ger'); // what is left here would be pointed to from the other files
  });

  test('what ghost text cannot show is struck, with the new text behind it; Escape sends it away, and it does not come back', async () => {
    await rewriteTwice('again.py', 9, 4, 'info');
    await s.key('Tab');
    await s.wb.waitStatus('Ln 12, Col 5');
    await hinted(/→ app\.info\("three %s", cart\)/);
    assert.equal(await s.wb.ghost(), '');
    await s.shot('next-edit-there');
    await s.key('Escape');
    await until('no hint', async () => (await s.wb.behind()) === '');
    await s.wb.palette('Dovetail: Next Edit');
    await hinted(/next edit, line 17/); // the place after it; by hand nothing is waited for
    assert.doesNotMatch(await s.wb.behind(), /three/);
    await s.wb.focusEditor();
    await s.key('Escape');
    await until('no hint', async () => (await s.wb.behind()) === '');
    assert.equal(await s.wb.saved(s.file('again.py')), calls('app.warn').replace('app.warn("one', 'app.info("one').replace('app.warn("two', 'app.info("two'));
  });

  test('all places of the rule are hunks of one plan, made together', async () => {
    await rewriteTwice('all.py', 9, 5, 'send');
    await s.wb.palette('Dovetail: Next Edit: All Places…', s.wb.page.locator('.tab').filter({ hasText: 'Dovetail: 2 hunks' }));
    for (const name of ['three', 'four']) await s.wb.page.locator('.pane-body .monaco-list-row').filter({ hasText: `std.send("${name}` }).first().waitFor();
    await s.shot('next-edit-all');
    assert.match(await s.wb.page.locator('.pane-body .monaco-list-row').filter({ hasText: 'std.send("three' }).first().innerText(), /line 12: fits exactly/);
    await s.wb.palette('Dovetail: Apply Accepted Hunks');
    await s.wb.page.locator('.tab').filter({ hasText: 'Dovetail: 2 hunks' }).waitFor({ state: 'detached' });
    await s.wb.openFile('all.py');
    assert.equal(await s.wb.saved(s.file('all.py')), calls('std.send'));
  });

  test('a definition that was renamed is the language’s own rename', async () => {
    await s.wb.openFile('named.py');
    await put(1, 5, 0, 'grand_');
    await s.wb.cursor(3);
    await s.wb.palette('Dovetail: Next Edit'); // by hand: what was rejected a moment ago keeps the server quiet for a while
    await hinted(/Tab: rename total_of to grand_total_of everywhere \(2 lines\)/);
    await s.wb.focusEditor();
    await s.wb.cursor(3);
    await s.shot('next-edit-rename');
    await s.key('Tab');
    await until('the uses', async () => (await s.wb.text()).match(/grand_total_of/g)?.length === 3);
    assert.equal(await s.wb.saved(s.file('named.py')), NAMED('grand_total_of'));
  });

  test('where that says no, the new name stays and nothing is guessed', async () => {
    await s.wb.openFile('fixed.py');
    await put(1, 5, 0, 'un');
    await s.wb.cursor(3);
    await hinted(/Tab: rename fixed_of to unfixed_of everywhere \(2 lines\)"/);
    await s.wb.openFile('named.py');
    await hinted(/Tab: rename fixed_of to unfixed_of everywhere \(2 lines\), fixed\.py/); // the key is for it here too
    await s.wb.openFile('fixed.py');
    await s.key('Tab');
    await s.wb.waitStatus('fixed_of cannot be renamed here');
    assert.equal(await s.wb.saved(s.file('fixed.py')), NAMED('fixed_of').replace('def fixed_of', 'def unfixed_of'));
  });

  test('a model’s edit is located in the text, shown the same way, and made by the same key', async () => {
    s.set({ 'dovetail.next.url': model.url });
    await s.wb.openFile('basket.py');
    await put(5, 17, 3, 'total');
    await s.wb.cursor(1);
    await s.wb.palette('Dovetail: Next Edit');
    await hinted(/→ return cart\.total\(2\)/);
    await s.shot('next-edit-model');
    await s.wb.focusEditor();
    await s.wb.cursor(9);
    await hinted(/→ return cart\.total\(2\)/);
    await s.key('Tab');
    await until('the edit', async () => /cart\.total\(2\)/.test(await s.wb.text()));
    assert.equal(await s.wb.saved(s.file('basket.py')), BASKET.replace('sum', 'total').replace('count', 'total'));
    assert.match(model.asked[0].prompt, /original:\n {4}return cart\.sum\(1\)\nupdated:\n {4}return cart\.total\(1\)\n/);
  });

  test('nothing was asked of anywhere but this machine', () => assert.deepEqual(s.wb.outside, []));
});
