// Starts a real workbench (code-server, installed by scripts/get-vscode) on a free loopback port, and drives it with Chromium.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { chromium } from 'playwright-core';

const PREFIX = process.env.VSCODE_PREFIX ?? path.join(import.meta.dirname, '../../../../.cache/vscode');

const SETTINGS = {
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'telemetry.feedback.enabled': false,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.tips.enabled': false,
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  'workbench.editor.empty.hint': 'hidden',
  'chat.disableAIFeatures': true,
  'git.openRepositoryInParentFolders': 'never',
  'git.autofetch': false,
  'npm.fetchOnlineInfo': false,
  'json.schemaDownload.enable': false,
  'files.autoSave': 'off',
  'files.simpleDialog.enable': true,
  'window.confirmBeforeClose': 'never',
  'editor.minimap.enabled': false,
  'editor.cursorBlinking': 'solid',
  'editor.inlineSuggest.enabled': true,
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoSurround': 'never',
  'editor.autoIndent': 'none',
};

// The pop-up of suggestions takes Tab, and hides ghost text that does not extend its entry: off, unless a test is about it.
export const NO_POPUP = {
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
  'editor.wordBasedSuggestions': 'off',
};

const freePort = () =>
  new Promise((ok, no) => {
    const server = net.createServer();
    server.once('error', no);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => ok(port));
    });
  });

/** Asks `f` until it gives something true: for what the workbench shows, which sends no event to a test outside of it. */
export async function until(what, f, { timeout = 20_000, every = 25 } = {}) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      const value = await f();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${timeout} ms: ${what}${last ? ` (${last.message})` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/**
 * Starts the workbench's server. `root` is a scratch folder for the data and extensions of this run; `settings` are the user's
 * and the machine's: to this workbench the server is a remote machine, which reads settings of scope `machine` from its own file.
 */
export async function startServer({ root, vsix = [], settings = {}, env = {}, args = [], trust = false }) {
  const bin = path.join(PREFIX, 'bin/code-server');
  if (!fs.existsSync(bin)) throw new Error(`no workbench at ${PREFIX}; run scripts/get-vscode ${PREFIX}`);
  const data = path.join(root, 'data');
  const extensions = path.join(root, 'extensions');
  const home = path.join(root, 'home');
  for (const folder of [path.join(data, 'User'), path.join(data, 'Machine'), extensions, home]) fs.mkdirSync(folder, { recursive: true });
  const trusting = trust ? { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' } : {};
  fs.writeFileSync(path.join(data, 'User/settings.json'), JSON.stringify({ ...SETTINGS, ...settings, ...trusting }, null, 2));
  fs.writeFileSync(path.join(data, 'Machine/settings.json'), JSON.stringify(settings, null, 2));
  const config = path.join(root, 'config.yaml');
  fs.writeFileSync(config, '');
  const common = ['--config', config, '--user-data-dir', data, '--extensions-dir', extensions];
  const childEnv = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, '.config'),
    XDG_DATA_HOME: path.join(home, '.local/share'),
    XDG_STATE_HOME: path.join(home, '.local/state'),
    XDG_CACHE_HOME: path.join(home, '.cache'),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    ...env,
  };
  for (const name of ['PORT', 'PASSWORD', 'VSCODE_IPC_HOOK_CLI', 'NODE_OPTIONS', 'NODE_TEST_CONTEXT']) delete childEnv[name];
  if (vsix.length > 0) {
    execFileSync(bin, [...common, ...vsix.flatMap((file) => ['--install-extension', file]), '--force'], { env: childEnv, stdio: 'pipe' });
  }
  const port = await freePort();
  const logFile = path.join(root, 'server.log');
  const log = fs.openSync(logFile, 'w');
  const child = spawn(
    bin,
    [
      ...common, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--disable-telemetry', '--disable-update-check',
      ...(trust ? [] : ['--disable-workspace-trust']), '--disable-getting-started-override', '--disable-proxy', '--idle-timeout-seconds', '120', ...args,
    ],
    { env: childEnv, stdio: ['ignore', log, log], detached: true },
  );
  fs.closeSync(log);
  let gone = false;
  const kill = (signal = 'SIGTERM') => {
    try {
      process.kill(-child.pid, signal); // its own group: the extension host and the language server too
    } catch {
      // gone already
    }
  };
  const atExit = () => kill('SIGKILL');
  process.once('exit', atExit);
  const ended = new Promise((resolve) => {
    child.once('exit', () => {
      gone = true;
      process.off('exit', atExit);
      resolve();
    });
  });
  await until('the workbench answers', async () => {
    if (gone) throw new Error(fs.readFileSync(logFile, 'utf8'));
    return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
  }, { timeout: 60_000 });
  return {
    port,
    data,
    extensions,
    home,
    async stop() {
      if (gone) return;
      kill();
      const timer = setTimeout(() => kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(timer);
      kill('SIGKILL'); // whoever of the group is left
    },
  };
}

export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--disable-domain-reliability',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

/** One window of the workbench. */
export class Workbench {
  constructor(server, page) {
    this.server = server;
    this.page = page;
    this.outside = []; // requests to anywhere but this machine
    this.console = [];
  }

  static async open(browser, server, folder, { width = 1280, height = 800, query = '' } = {}) {
    const context = await browser.newContext({ viewport: { width, height } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: `http://127.0.0.1:${server.port}` });
    const page = await context.newPage();
    const wb = new Workbench(server, page);
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (!['127.0.0.1', ''].includes(url.hostname)) wb.outside.push(request.url());
    });
    page.on('console', (message) => wb.console.push(`${message.type()}: ${message.text()}`));
    const target = folder.endsWith('.code-workspace') ? 'workspace' : 'folder';
    await page.goto(`http://127.0.0.1:${server.port}/?${target}=${encodeURIComponent(folder)}${query}`, { waitUntil: 'commit' });
    await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 90_000 });
    // The explorer's rows come from the remote file system: the connection to the server is up.
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 90_000 });
    return wb;
  }

  /**
   * Presses a key until something opens: on a loaded machine a late event can close a menu again at once. `ready` comes before
   * each press: the Escape between two of them takes a selection away.
   */
  async press(key, opened, { times = 8, timeout = 3000, ready } = {}) {
    for (let i = 1; ; i++) {
      await ready?.();
      await this.page.keyboard.press(key);
      try {
        await opened.waitFor({ timeout });
        return;
      } catch (error) {
        if (i === times) {
          const focus = await this.page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.className}`);
          throw new Error(`${error.message}\nthe focus is in: ${focus}`);
        }
      }
      await this.page.keyboard.press('Escape');
    }
  }

  get quickInput() {
    return this.page.locator('.quick-input-widget:not([style*="display: none"]) input[type=text]');
  }

  /**
   * Through the list that `key` opens, as a user does; Enter only once the wanted row has the focus. An editor that opens late
   * takes the focus and closes the list: then all of it is done again.
   */
  async quick(key, text, label, done, place) {
    const { page } = this;
    for (let i = 1; ; i++) {
      await this.press(key, this.quickInput, { ready: place });
      try {
        await this.quickInput.fill(text, { timeout: 4_000 });
        const wanted = `:is([aria-label="${label}"], [aria-label^="${label},"], [aria-label^="${label} unsaved changes"])`;
        await page.locator(`.quick-input-list .monaco-list-row${wanted}`).first().waitFor({ timeout: 6_000 });
        // What was used lately stands above it.
        const focused = page.locator('.quick-input-list .monaco-list-row.focused');
        for (let down = 0; down < 5 && !(await focused.and(page.locator(wanted)).count()); down++) await this.quickInput.press('ArrowDown', { timeout: 4_000 });
        await focused.and(page.locator(wanted)).waitFor({ timeout: 2_000 });
        await this.quickInput.press('Enter', { timeout: 4_000 });
        if (done !== null) await (done ?? page.locator('.quick-input-widget')).waitFor({ state: done ? 'visible' : 'hidden', timeout: 6_000 });
        return;
      } catch (error) {
        if (i === 6) {
          const rows = await page.locator('.quick-input-list .monaco-list-row').evaluateAll((all) => all.map((row) => `${row.className.includes('focused') ? '* ' : ''}${row.getAttribute('aria-label')}`));
          throw new Error(`${error.message}\nrows: ${rows.join(' | ')}`);
        }
        await page.keyboard.press('Escape');
      }
    }
  }

  /** Runs a command of the palette. `done`: what it opens; null if it opens another quick input. `place` sets the selection. */
  palette(title, done, place) {
    return this.quick('F1', `>${title}`, title, done, place);
  }

  /** Takes the row of an open quick pick whose label holds the text. */
  async pick(text) {
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();
    await row.waitFor();
    await row.click();
  }

  /** `folder` is that of the file in the workspace, where it is not at the top. */
  async openFile(name, folder = '') {
    await this.quick('Control+P', name, folder ? `${name} ${folder}` : name, this.page.locator(`.editor-group-container.active .tab.active[data-resource-name="${name}"]`));
    await this.page.locator('.editor-group-container.active .editor-instance .monaco-editor .view-lines').first().waitFor();
    await this.focusEditor();
    await this.settle();
  }

  /** Takes an entry of the light bulb's menu; `place` sets the cursor or the selection. */
  async codeAction(label, place) {
    const menu = this.page.locator('.action-widget:not(.action-list-submenu-panel)');
    const row = menu.locator('.monaco-list-row').filter({ hasText: label });
    await this.press('Control+.', row, { ready: place });
    await row.first().click();
  }

  async cursor(line, column = 1) {
    await this.page.keyboard.press('Control+Home');
    for (let i = 1; i < line; i++) await this.page.keyboard.press('ArrowDown');
    for (let i = 1; i < column; i++) await this.page.keyboard.press('ArrowRight');
    await this.waitStatus(`Ln ${line}, Col ${column}`);
  }

  /** Waits for an entry of the status bar whose text matches. */
  async waitStatus(text, timeout = 30_000) {
    await this.page.locator('.part.statusbar .statusbar-item').filter({ hasText: text }).first().waitFor({ timeout });
  }

  /** Our entry of the status bar: what a screen reader reads of it is the whole sentence. */
  status() {
    return this.page.locator('.part.statusbar .statusbar-item[id="dovetail.dovetail.dovetail.status"], .part.statusbar .statusbar-item[id*="dovetail.status"]').first();
  }

  statusSays(pattern, timeout = 30_000) {
    return until(`the status says ${pattern}`, async () => pattern.test(`${await this.status().getAttribute('aria-label')} ${await this.status().innerHTML()}`), { timeout });
  }

  async focusEditor() {
    await this.page.locator('.editor-group-container.active .editor-instance .monaco-editor .lines-content').first().waitFor();
    await this.page.locator('.editor-group-container.active .editor-instance .monaco-editor').first().click({ position: { x: 120, y: 10 }, timeout: 10_000 });
    await this.page.locator('.editor-group-container.active .editor-instance .monaco-editor.focused').first().waitFor();
  }

  /** The ghost text on the screen in reading order, lines joined by \n; '' when there is none. */
  ghost() {
    return this.page.evaluate(() => {
      const zones = '.editor-instance .view-zones .suggest-preview-text';
      const parts = [...document.querySelectorAll(`.editor-instance .view-lines [class*="ghost-text"], ${zones} [class*="ghost-text"], ${zones} .ghost-text`)]
        .filter((element) => !element.querySelector('[class*="ghost-text"]') && element.getClientRects().length > 0)
        .map((element) => {
          const box = element.getClientRects()[0];
          return { top: Math.round(box.top), left: box.left, text: element.textContent.replace(/\u00a0/g, ' ') };
        })
        .sort((x, y) => x.top - y.top || x.left - y.left);
      const lines = new Map();
      for (const part of parts) lines.set(part.top, (lines.get(part.top) ?? '') + part.text);
      return [...lines.values()].join('\n');
    });
  }

  /** What decorations put behind the lines on the screen: it is in the style sheet, not in the text. */
  behind() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('.editor-instance .view-lines span')]
        .map((element) => getComputedStyle(element, '::after').content)
        .filter((content) => content && content !== 'none' && content !== 'normal')
        .join(' ')
        .replace(/\u00a0/g, ' ')
        .replaceAll('\\"', '"'),
    );
  }

  waitGhost(timeout = 15_000) {
    return until('ghost text', () => this.ghost(), { timeout });
  }

  noGhost() {
    return until('no ghost text', async () => !(await this.ghost()));
  }

  /**
   * VS Code makes the inline-suggest controller of a new editor in an idle callback: text typed before that asks no provider,
   * and nothing asks later. Idle callbacks run in order, so two of ours come after it.
   */
  settle() {
    return this.page.evaluate(() => new Promise((ok) => requestIdleCallback(() => requestIdleCallback(() => ok()))));
  }

  async clear() {
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Delete');
  }

  /** The text of the active editor as far as it is on the screen. */
  async text() {
    return (await this.page.locator('.editor-group-container.active .editor-instance .view-lines').last().innerText()).replace(/\u00a0/g, ' ');
  }

  /**
   * Saves, waits until the tab is no longer dirty, and returns the file's text. A file without changes is written too, and is
   * empty for a moment then.
   */
  async saved(file) {
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.editor-group-container.active .tab.active:not(.dirty)').waitFor();
    if ((await this.text()).trim() === '') return fs.readFileSync(file, 'utf8');
    return until(`${path.basename(file)} is written`, () => fs.readFileSync(file, 'utf8'));
  }

  /** Replaces all of the active editor's text in one change. */
  async replace(text) {
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(text);
  }

  /** Follows a link by the keyboard: while Control is held over it its line is drawn anew, and a click waits for it to stay. */
  async followLink(words, done) {
    await this.page.locator('.editor-instance .detected-link').filter({ hasText: words }).first().waitFor();
    await this.palette('Open Link', done, async () => {
      await this.page.keyboard.press('Control+Home');
      await this.press('Control+F', this.page.locator('.editor-group-container.active .find-widget.visible'));
      await this.page.keyboard.insertText(words);
      await this.page.locator('.find-widget.visible .matchesCount').filter({ hasText: /^1 of/ }).first().waitFor();
      await this.page.keyboard.press('Escape');
    });
  }

  setClipboard(text) {
    return this.page.evaluate((value) => navigator.clipboard.writeText(value), text);
  }

  toast(text) {
    return this.page.locator('.notification-toast').filter({ hasText: text }).first();
  }

  /** Opens the list of all notifications and gives those with a text: on a slow machine they go from the screen before a test looks. */
  async listed(text) {
    const items = this.page.locator('.notifications-center .notification-list-item').filter({ hasText: text });
    await this.palette('Notifications: Show Notifications', items.first());
    return items;
  }

  /** Closes every notification. */
  async quiet() {
    await this.palette('Notifications: Clear All Notifications');
  }

  async shot(file, options = {}) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file, ...options });
  }

  async close() {
    await this.page.context().close();
  }
}
