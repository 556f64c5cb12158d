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

describe('a diff from a chat, by the real server', () => {
  let chat;
  const s = session('proofs', {
    files: PROJECT,
    vsix: () => [VSIX, probe()],
    prepare: async () => { chat = await chatServer([FIX]); },
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

  test('nothing was asked of anywhere but this machine', () => assert.deepEqual(s.wb.outside, []));
});
