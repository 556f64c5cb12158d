// Edits of the real server in the workbench: a diff from a chat, with all that chats get wrong, and a chat server on loopback.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, describe, test } from 'node:test';
import { chatServer } from '../harness/chat.mjs';
import { PROJECT } from '../harness/project.mjs';
import { probe, real, session, VSIX } from '../harness/session.mjs';
import { until } from '../harness/workbench.mjs';

// Wrong line numbers and counts, a hunk whose old text is not in the file, a new file: what a chat writes.
const BROKEN = `Here is the change:

\`\`\`diff
--- a/inventory.py
+++ b/inventory.py
@@ -3,7 +3,8 @@
 @dataclass
 class Item:
     key: str
     amount: int = 0
+    price: int = 0
     reserved: int = 0
     damaged: int = 0
@@ -90,3 +90,4 @@
     def total(self) -> int:
-        return sum(item.amount for item in self.items.values())
+        """How many items there are."""
+        return sum(item.amount for item in self.items.values())
@@ -120,3 +120,3 @@
     def weight(self) -> float:
-        return 0.0
+        return 1.0
--- /dev/null
+++ b/prices.py
@@ -0,0 +1,2 @@
+def price(item):
+    return item.price
\`\`\`
`;
const CREATE = '--- /dev/null\n+++ b/made.py\n@@ -0,0 +1,1 @@\n+made = True\n';
const TO_BROKEN = '--- a/report.py\n+++ b/report.py\n@@ -1,3 +1,4 @@\n """Lines of a report about shelves."""\n \n+limit = BROKEN\n from inventory import Item, Shelf\n';
const FIX = 'report.py\n```\n<<<<<<< SEARCH\nlimit = BROKEN\n=======\nlimit = 10\n>>>>>>> REPLACE\n```\n';

// The first hunk's lines were changed since the model saw them; the second fits.
const STALE = `--- a/report.py
+++ b/report.py
@@ -10,7 +10,7 @@
 def report(shelves: list[Shelf]) -> list[str]:
     lines = []
-    for one in shelves:
-        for item in one.contents.values():
+    for one in sorted(shelves):
+        for item in one.contents.values():
             lines.append(line(shelf, item))
     return lines
@@ -18,2 +18,3 @@
 def totals(shelves: list[Shelf]) -> dict[str, int]:
+    """How many items each shelf holds."""
     return {shelf.name: shelf.total() for shelf in shelves}
`;
const RIGHT = '--- a/report.py\n+++ b/report.py\n@@ ... @@\n-    for shelf in shelves:\n+    for shelf in sorted(shelves):\n';
const AGAIN = '```python\n    for shelf in sorted(shelves):\n        for item in shelf.items.values():\n            lines.append(line(shelf, item).strip())\n    return lines\n```\n'; // the region, which is what is asked for
const ALONE = '--- a/report.py\n+++ b/report.py\n@@ -12,3 +12,3 @@\n     for shelf in sorted(shelves):\n         for item in shelf.items.values():\n-            lines.append(row(shelf, item))\n+            lines.append(row(shelf, item).strip())\n     return lines\n';
const CRLF = PROJECT['report.py'].replaceAll('\n', '\r\n');

describe('a diff from a chat, by the real server', () => {
  let chat;
  const s = session('proofs', {
    files: { ...PROJECT, 'crlf.py': CRLF },
    vsix: () => [VSIX, probe()],
    prepare: async () => { chat = await chatServer([FIX, AGAIN]); },
    settings: () => ({ ...real(), 'probe.mode': 'lint', 'dovetail.chat.url': chat.url, 'dovetail.chat.model': 'test' }),
  });
  after(() => chat?.close());
  const row = (text) => s.wb.page.locator('.pane-body .monaco-list-row').filter({ hasText: text }).first();
  const tab = (text) => s.wb.page.locator('.tab').filter({ hasText: text });
  const apply = async (text) => {
    await s.wb.setClipboard(text);
    await s.wb.palette('Dovetail: Apply Suggested Diff from Clipboard');
  };
  const shown = async () => {
    await tab('Dovetail:').first().waitFor();
    await s.wb.toast('Reading the diff').waitFor({ state: 'detached' });
  };

  test('opens with a proof for each hunk, and the one that fits nowhere is refused with the place', async () => {
    await s.wb.openFile('inventory.py');
    await s.wb.statusSays(/built-in/);
    await s.key('Control+End');
    await s.type('# unsaved words\n');
    await apply(BROKEN);
    await shown();
    await row('price: int = 0').waitFor();
    await row('How many items').waitFor();
    assert.match(await row('price: int = 0').innerText(), /fits/);
    assert.match(await row('return 1.0').innerText(), /refused/);
    await row('prices.py').waitFor();
    await s.wb.quiet();
    await row('price: int = 0').hover();
    await s.shot('review');
    await row('return 1.0').click();
    await tab('Refused by Dovetail').waitFor();
    await until('the reason', async () => /inventory\.py/.test(await s.wb.text()) && /\| .*return 1\.0/.test(await s.wb.text()));
    await s.shot('refusal');
  });

  test('one hunk accepted, another rejected, a file made; unsaved words stay', async () => {
    await row('How many items').hover();
    await row('How many items').getByRole('button', { name: 'Reject' }).click();
    await s.wb.page.getByRole('button', { name: 'Apply Accepted Hunks' }).first().click();
    await tab('Dovetail: ').first().waitFor({ state: 'detached' });
    await s.wb.openFile('inventory.py');
    const text = await s.wb.saved(s.file('inventory.py'));
    assert.equal(text, `${PROJECT['inventory.py'].replace('    amount: int = 0\n', '    amount: int = 0\n    price: int = 0\n')}# unsaved words\n`);
    await s.wb.openFile('prices.py');
    assert.equal(await s.wb.saved(s.file('prices.py')), 'def price(item):\n    return item.price\n');
  });

  test('a file made by a diff is gone after Undo Last Edit', async () => {
    await s.wb.quiet();
    await apply(CREATE);
    await shown();
    await row('made.py').waitFor();
    await s.wb.page.getByRole('button', { name: 'Apply Accepted Hunks' }).first().click();
    await until('the file', () => fs.existsSync(s.file('made.py')));
    await tab('made.py').and(s.wb.page.locator('.active')).waitFor();
    await s.wb.focusEditor();
    assert.equal(await s.wb.saved(s.file('made.py')), 'made = True\n');
    await s.wb.palette('Dovetail: Undo Last Edit');
    await until('no file', () => !fs.existsSync(s.file('made.py')));
  });

  test('a fix is offered when the edit brings an error, and a click on it repairs the line', async () => {
    await s.wb.quiet();
    await s.wb.openFile('report.py');
    await apply(TO_BROKEN);
    await shown();
    await s.wb.page.getByRole('button', { name: 'Apply Accepted Hunks' }).first().click();
    const offer = s.wb.toast('BROKEN is not defined');
    await offer.waitFor();
    await s.shot('fix-offered');
    await offer.getByRole('button', { name: 'Fix' }).click();
    await s.wb.openFile('report.py');
    await until('the fix', async () => /limit = 10/.test(await s.wb.text()));
    assert.equal(chat.asked.length, 1);
    assert.match(JSON.stringify(chat.asked[0]), /BROKEN is not defined/);
  });

  const applied = async () => {
    await s.wb.palette('Dovetail: Apply Accepted Hunks');
    await tab('Dovetail: ').first().waitFor({ state: 'detached' });
  };
  const REPORT = PROJECT['report.py'].replace('from inventory', 'limit = 10\nfrom inventory');
  const TOTALS = REPORT.replace('int]:\n    return {', 'int]:\n    """How many items each shelf holds."""\n    return {');

  test('a refused hunk is compared with its place, which a link goes to; the rest is applied', async () => {
    await s.wb.quiet();
    await s.wb.openFile('report.py');
    await s.wb.replace(REPORT);
    await apply(STALE);
    await shown();
    assert.match(await row('How many items each').innerText(), /fits/);
    assert.match(await row('sorted').innerText(), /refused/);
    await s.wb.palette('Dovetail: Compare the Refused Hunk With Its Place', tab('refused hunk against its place'));
    const side = (which) => s.wb.page.locator(`.monaco-diff-editor .editor.${which} .view-lines`).last().innerText();
    await until('both sides', async () => /one\.contents\.values/.test(await side('original')) && /shelf\.items\.values/.test(await side('modified')));
    const differ = () => s.wb.page.locator('.monaco-diff-editor .editor.modified .view-overlays .line-insert').count();
    await until('the lines are compared', async () => (await differ()) > 0);
    assert.equal(await differ(), 2, 'two lines differ, and no empty one below');
    await s.wb.quiet();
    await s.shot('compare');
    await row('sorted').click();
    await tab('Refused by Dovetail').waitFor();
    const [place, line] = await until('the place', async () => /report\.py:(\d+)/.exec(await s.wb.text()));
    await s.wb.followLink(place, tab('report.py').and(s.wb.page.locator('.active')));
    await s.wb.waitStatus(`Ln ${line}, Col 1`);
    await applied();
    await s.wb.openFile('report.py');
    assert.equal(await s.wb.saved(s.file('report.py')), TOTALS);
  });

  test('the refused hunk is put right by hand, then read and proved like any other', async () => {
    await s.wb.palette('Dovetail: Edit the Refused Hunk by Hand', tab('Untitled'));
    await until('the hunk as a diff', async () => /^-    for one in shelves:$/m.test(await s.wb.text()));
    assert.match(await s.wb.text(), /^--- a\/report\.py\n\+\+\+ b\/report\.py\n@@ \.\.\. @@\n/);
    await s.shot('refusal-by-hand');
    await s.wb.focusEditor();
    await s.wb.replace(RIGHT);
    await s.wb.toast('put the diff right').getByRole('button', { name: 'Apply' }).click();
    await shown();
    assert.match(await row('for shelf in sorted').innerText(), /fits/);
    await applied();
    await s.wb.openFile('report.py');
    assert.equal(await s.wb.saved(s.file('report.py')), TOTALS.replace('for shelf in shelves:', 'for shelf in sorted(shelves):'));
  });

  test('the model is asked again, with what it wanted and why that does not fit', async () => {
    await s.wb.quiet();
    const before = s.read('report.py');
    await apply(ALONE);
    const again = s.wb.page.locator('.notification-toast').getByRole('button', { name: 'Ask Again' });
    await again.waitFor();
    await s.shot('refused-alone');
    await again.click();
    await shown();
    assert.equal(chat.asked.length, 2);
    const asked = chat.asked[1].messages.at(-1).content;
    assert.match(asked, /as it was written it does not fit the file: .*\w/);
    assert.match(asked, /lines\.append\(row\(shelf, item\)\)/);
    await applied();
    await s.wb.openFile('report.py');
    assert.equal(await s.wb.saved(s.file('report.py')), before.replace('lines.append(line(shelf, item))', 'lines.append(line(shelf, item).strip())'));
  });

  test('in a file with CRLF the preview shows the change alone, and every line end stays', async () => {
    await s.wb.quiet();
    await s.wb.openFile('crlf.py');
    await apply('--- a/crlf.py\n+++ b/crlf.py\n@@ -1,3 +1,3 @@\n-"""Lines of a report about shelves."""\n+"""What a report says."""\n \n from inventory import Item, Shelf\n');
    await shown();
    assert.match(await row('What a report says').innerText(), /line 1: fits exactly/);
    const changed = (side, what) => s.wb.page.locator(`.monaco-diff-editor .editor.${side} .view-overlays .${what}`).count();
    await until('the diff', async () => (await changed('modified', 'line-insert')) > 0);
    assert.deepEqual([await changed('original', 'line-delete'), await changed('modified', 'line-insert')], [1, 1]);
    await s.shot('review-crlf');
    await applied();
    await s.wb.openFile('crlf.py');
    assert.equal(await s.wb.saved(s.file('crlf.py')), CRLF.replace('Lines of a report about shelves.', 'What a report says.'));
  });

  test('nothing was asked of anywhere but this machine', () => assert.deepEqual(s.wb.outside, []));
});
