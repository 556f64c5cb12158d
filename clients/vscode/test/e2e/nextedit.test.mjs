// The next edit of the real server: shown at its place, pointed to from elsewhere, made by the same key, sent away by another.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { real, session } from '../harness/session.mjs';
import { until } from '../harness/workbench.mjs';

const CODE = ['one', 'two', 'three', 'four'].map((name) => `def ${name}(cart):\n    log.debug("${name} %s", cart)\n    return cart\n`).join('\n\n');

/** What decorations put behind the lines on the screen: it is in the style sheet, not in the text. */
const behind = (s) =>
  s.wb.page.evaluate(() =>
    [...document.querySelectorAll('.editor-instance .view-lines span')]
      .map((element) => getComputedStyle(element, '::after').content)
      .filter((content) => content && content !== 'none' && content !== 'normal')
      .join(' ')
      .replace(/\u00a0/g, ' '),
  );

describe('the next edit', () => {
  const s = session('nextedit', { files: { 'shop.py': CODE, 'again.py': CODE }, settings: () => ({ ...real(), 'dovetail.embedded.enabled': false }) });

  const rewriteTwice = async (file) => {
    await s.wb.openFile(file);
    await s.wb.settle();
    for (const line of [2, 7]) {
      await s.wb.cursor(line, 8);
      await s.type('ger');
    }
    await s.wb.cursor(1);
    await s.wb.palette('Dovetail: Next Edit');
    return until('the hint', async () => /Tab: next edit, line 12/.test(await behind(s)));
  };

  test('one key goes there, the same key makes it', async () => {
    await s.wb.openFile('shop.py');
    await s.wb.statusSays(/built-in/); // what is typed before the server runs it does not hear of
    await rewriteTwice('shop.py');
    assert.match(await behind(s), /→ logger\.debug\("three %s", cart\)|→ logger\.debug\(\\"three/);
    await s.shot('next-edit');
    await s.wb.focusEditor();
    await s.wb.cursor(1);
    await s.key('Tab');
    await s.wb.waitStatus('Ln 12');
    await s.key('Tab');
    await until('the edit', async () => /logger\.debug\("three/.test(await s.wb.text()));
    assert.match(await s.wb.saved(s.file('shop.py')), /^ {4}logger\.debug\("three %s", cart\)$/m);
  });

  test('Escape sends it away, and it does not come back', async () => {
    await rewriteTwice('again.py');
    await s.wb.focusEditor();
    await s.wb.cursor(1);
    await s.key('Escape');
    await until('no hint', async () => !/next edit/.test(await behind(s)));
    assert.doesNotMatch(await s.wb.saved(s.file('again.py')), /logger\.debug\("three/);
  });
});
