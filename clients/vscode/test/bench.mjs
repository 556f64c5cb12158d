// How long from a key to ghost text: an extension that answers at once (the floor, which is VS Code's own share), and Dovetail
// with the real server and its built-in model. Two windows of one browser, in turns, so that the machine is the same for both.
//
//   node test/bench.mjs [ROUNDS]        prints a table, and writes bench/results/vscode.json
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PROJECT } from './harness/project.mjs';
import { probe, real, REPO, VSIX } from './harness/session.mjs';
import { NO_POPUP, startBrowser, startServer, until, Workbench } from './harness/workbench.mjs';

const rounds = Number(process.argv[2] ?? 30);
const text = (name, last) => `from inventory import Item, Shelf


def test_${name}():
    shelf = Shelf("${name}")
    shelf.add(Item("${name}", 3))
    assert shelf.amount_of(Item("${name}")) == 3


def test_${name}_again():
    shelf = Shelf("${name}")
${last}`;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'dovetail-bench-'));
const browser = await startBrowser();
const sides = [];
for (const [name, vsix, settings, ready, last, key] of [
  ['floor', probe(), { 'probe.mode': 'floor' }, (wb) => wb.waitStatus('Probe ready'), '    x =', ' '],
  ['dovetail', VSIX, real(), (wb) => wb.statusSays(/embedded/), '    shelf.add', '('],
]) {
  const root = path.join(scratch, name);
  const folder = path.join(root, 'project');
  fs.mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries({ ...PROJECT, 'test_bench.py': '' })) fs.writeFileSync(path.join(folder, file), content);
  const server = await startServer({ root, vsix: [vsix], settings: { ...NO_POPUP, ...settings } });
  const wb = await Workbench.open(browser, server, folder);
  await wb.openFile('test_bench.py');
  await ready(wb);
  await wb.settle();
  await wb.page.evaluate(() => {
    window.bench = { key: 0, ghost: 0 };
    document.addEventListener('keydown', () => { window.bench = { key: performance.now(), ghost: 0 }; }, true);
    new MutationObserver(() => {
      const { bench } = window;
      if (bench.key && !bench.ghost && document.querySelector('.editor-instance .view-lines [class*="ghost-text"]')) bench.ghost = performance.now();
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  sides.push({ name, server, wb, last, key, times: [] });
}

for (let round = 0; round < rounds; round++) {
  for (const { wb, last, key, times } of sides) {
    await wb.page.bringToFront();
    // Pasted, not typed: VS Code makes no request, so that nothing is shown or under way when the key comes. Each round has names
    // of its own, so that no answer is in a cache.
    await wb.setClipboard(text(`round_${round}`, last));
    await wb.page.keyboard.press('Control+A');
    await wb.page.keyboard.press('Control+V');
    await until('the text', async () => (await wb.text()).includes(`round_${round}_again`));
    // Moving the cursor ends what was shown of the round before.
    await wb.page.keyboard.press('ArrowLeft');
    await wb.page.keyboard.press('ArrowRight');
    await wb.noGhost();
    await wb.settle();
    await wb.page.keyboard.type(key);
    times.push(await until('ghost text', () => wb.page.evaluate(() => window.bench.ghost && window.bench.ghost - window.bench.key), { every: 10 }));
  }
}

// What VS Code says of the extension's activation: from its request until `activate` is done, files read on the way included.
const { wb } = sides[1];
await wb.palette('Developer: Show Running Extensions');
const row = wb.page.locator('.runtime-extensions-editor .monaco-list-row').filter({ hasText: 'Dovetail' }).first();
await row.waitFor();
const activationMs = Number(/Activation: (\d+)ms/.exec(await row.innerText())?.[1]);

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
const summary = ({ times }) => {
  const sorted = [...times].sort((a, b) => a - b);
  return { n: sorted.length, medianMs: Math.round(quantile(sorted, 0.5)), p90Ms: Math.round(quantile(sorted, 0.9)), maxMs: Math.round(sorted.at(-1)) };
};
const result = {
  what: 'key to ghost text in the workbench',
  code: execFileSync(path.join(process.env.VSCODE_PREFIX ?? path.join(REPO, '.cache/vscode'), 'bin/code-server'), ['--version'], { encoding: 'utf8' }).trim().split('\n').at(-1),
  cpus: os.cpus().length,
  load1: os.loadavg()[0],
  activationMs,
  ...Object.fromEntries(sides.map((side) => [side.name, summary(side)])),
};
for (const { wb, server } of sides) {
  await wb.close();
  await server.stop();
}
await browser.close();
fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
const out = path.join(REPO, 'bench/results/vscode.json');
fs.mkdirSync(path.dirname(out), { recursive: true });
fs.writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
console.log(`key -> ghost text, ms         n  median    p90    max`);
for (const { name } of sides) {
  const { n, medianMs, p90Ms, maxMs } = result[name];
  console.log(`${name.padEnd(24)} ${String(n).padStart(6)} ${String(medianMs).padStart(7)} ${String(p90Ms).padStart(6)} ${String(maxMs).padStart(6)}`);
}
console.log(`activation ${activationMs} ms (load ${result.load1.toFixed(1)} on ${result.cpus} cores)`);
