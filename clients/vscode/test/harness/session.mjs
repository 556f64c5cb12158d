// What an end-to-end test needs: one workbench, one window, one folder of files; all of it is gone afterwards.
import { execFileSync } from 'node:child_process';
import { after, afterEach, before } from 'node:test';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fresh } from './pictures.mjs';
import { NO_POPUP, startBrowser, startServer, until, Workbench } from './workbench.mjs';

export const REPO = path.join(import.meta.dirname, '../../../..');
export const CLIENT = path.join(REPO, 'clients/vscode');
export const PYTHON = process.env.DOVETAIL_PYTHON ?? path.join(REPO, '.venv', 'bin', 'python');
export const DOVETAIL = path.join(path.dirname(PYTHON), 'dovetail');
export const VSIX = process.env.DOVETAIL_VSIX ?? path.join(CLIENT, 'dovetail.vsix');
const SHOTS = process.env.SHOTS ?? path.join(REPO, '.cache/vscode-shots');

/** A second extension, for tests and the bench only; each process packages its own, for two files of tests run at once. */
export function probe() {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'dovetail-probe-')), 'probe.vsix');
  process.once('exit', () => fs.rmSync(path.dirname(file), { recursive: true, force: true }));
  execFileSync(process.execPath, [path.join(CLIENT, 'node_modules/@vscode/vsce/vsce'), 'package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', file], { cwd: path.join(CLIENT, 'test/probe'), stdio: 'pipe' });
  return file;
}

/** Settings under which the extension talks to the scripted server, which answers as `script` says. */
export function scripted(root, script) {
  const file = path.join(root, 'script.json');
  fs.writeFileSync(file, JSON.stringify(script));
  return { 'dovetail.server.path': PYTHON, 'dovetail.server.arguments': [path.join(CLIENT, 'test/harness/scripted_server.py'), file, path.join(root, 'heard.jsonl')] };
}

export function real() {
  return { 'dovetail.server.path': DOVETAIL };
}

/** `files` are written before the window opens; `settings`, `vsix` and `env` may depend on the scratch folder. */
export function session(name, { files = {}, vsix = () => [VSIX], settings = () => real(), env, args, trust, open, prepare } = {}) {
  const s = {
    name,
    root: '',
    folder: '',
    file: (relative) => path.join(s.folder, relative),
    read: (relative) => fs.readFileSync(s.file(relative), 'utf8'),
    key: (key) => s.wb.page.keyboard.press(key),
    type: (text) => s.wb.page.keyboard.type(text),
    shot: async (file, options) => {
      await s.wb.shot(path.join(SHOTS, `${file}.png`), options);
      await fresh(s.wb.page, file);
    },
    /** What the scripted server got, in order; with a method only those. */
    heard: (method) => {
      const file = path.join(s.root, 'heard.jsonl');
      if (!fs.existsSync(file)) return [];
      const all = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line));
      return method ? all.filter((message) => message.method === method) : all;
    },
    /** Until the scripted server knows a document: what is typed before is asked of nobody, and nothing asks later. */
    up: async () => {
      await until('the server knows a document', () => s.heard('textDocument/didOpen').length > 0);
      await s.wb.settle();
    },
    /** Changes the user's settings, as if written into their file. */
    set: (settings) => {
      for (const file of ['User', 'Machine']) {
        const name = path.join(s.server.data, file, 'settings.json');
        fs.writeFileSync(name, JSON.stringify({ ...JSON.parse(fs.readFileSync(name, 'utf8')), ...settings }));
      }
    },
    /** The arguments of the commands that the scripted server was asked to run. */
    commands: (command) => s.heard('workspace/executeCommand').filter(({ params }) => params.command === command).map(({ params }) => params.arguments[0]),
  };
  let browser;
  before(async () => {
    s.root = fs.mkdtempSync(path.join(os.tmpdir(), `dovetail-${name}-`));
    s.folder = path.join(s.root, 'project');
    fs.mkdirSync(s.folder);
    for (const [file, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(s.file(file)), { recursive: true });
      fs.writeFileSync(s.file(file), text);
    }
    await prepare?.(s);
    s.server = await startServer({ root: s.root, vsix: vsix(s), settings: { ...NO_POPUP, ...settings(s) }, env: env?.(s), args, trust });
    browser = await startBrowser();
    s.wb = await Workbench.open(browser, s.server, open ? open(s) : s.folder);
  });
  afterEach(async (t) => {
    if (t.passed === false) await s.wb?.shot(path.join(SHOTS, 'failed', `${name}-${t.name.replace(/\W+/g, '-')}.png`)).catch(() => {});
  });
  after(async () => {
    await browser?.close();
    await s.server?.stop();
    fs.rmSync(s.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  return s;
}
