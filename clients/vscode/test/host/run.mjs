// Runs the tests of dist-tests/host.cjs in the extension host of a real workbench, with Chromium as its window. Prints what
// they print, and ends with their result.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLIENT, scripted } from '../harness/session.mjs';
import { startBrowser, startServer, until } from '../harness/workbench.mjs';

const LONGEST_MS = 180_000;
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'dovetail-host-'));
const folders = ['one', 'two'].map((name) => path.join(root, name));
for (const folder of folders) {
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'a.py'), 'x = 1\ny = 2\n');
}
const workspace = path.join(root, 'both.code-workspace');
fs.writeFileSync(workspace, JSON.stringify({ folders: folders.map((folder) => ({ path: folder })) }));
const printed = path.join(root, 'printed.txt');
fs.writeFileSync(printed, '');
const uri = pathToFileURL(path.join(folders[0], 'a.py')).href;
const script = {
  inline: [{ before: 'x = $', items: ['1 + 1', '2'] }],
  status: [{ state: 'idle', source: 'embedded', message: 'ready', mode: 'automatic' }],
  commands: {
    'dovetail.applyDiff': {
      id: 'p1', applied: false, message: 'One hunk fits.', refused: [], repaired: [],
      files: [{ uri, op: 'edit', before: 'x = 1\ny = 2\n', after: 'x = 1\ny = 3\n', hunks: [{ id: 'h1', uri, proof: 'exact', range: { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } }, before: 'y = 2\n', after: 'y = 3\n' }] }],
    },
  },
};

let result, server, browser, failure;
try {
  server = await startServer({
    root,
    settings: { ...scripted(root, script), 'dovetail.chat.url': 'http://127.0.0.1:9/v1' },
    env: { DOVETAIL_PRINTED: printed, DOVETAIL_HEARD: path.join(root, 'heard.jsonl'), DOVETAIL_TESTS: path.join(CLIENT, 'dist-tests/host.cjs') },
    args: ['--vscode-option', 'enable-smoke-test-driver'],
  });
  browser = await startBrowser();
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  // While it runs extension tests the workbench calls these two.
  await page.exposeFunction('codeAutomationExit', (code) => { result = code; });
  await page.exposeFunction('codeAutomationLog', () => {});
  const remote = (file) => `vscode-remote://127.0.0.1:${server.port}${file}`;
  const payload = JSON.stringify([['extensionDevelopmentPath', remote(CLIENT)], ['extensionTestsPath', remote(path.join(CLIENT, 'test/host/entry.cjs'))]]);
  await page.goto(`http://127.0.0.1:${server.port}/?workspace=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(payload)}`, { waitUntil: 'commit' });
  await until('the tests end', () => result !== undefined, { timeout: LONGEST_MS, every: 100 });
} catch (error) {
  failure = error;
} finally {
  process.stdout.write(fs.readFileSync(printed));
  await browser?.close();
  await server?.stop();
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
if (failure) throw failure;
process.exitCode = result;
