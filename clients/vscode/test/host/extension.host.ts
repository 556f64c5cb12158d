// What can be seen from inside the extension host, with the scripted server: a workspace of two folders.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import * as vscode from 'vscode';

const extension = vscode.extensions.getExtension('dovetail.dovetail');
const [one, two] = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);

interface Heard {
  readonly method?: string;
  readonly params?: { readonly [key: string]: unknown };
}

const HEARD = process.env['DOVETAIL_HEARD'] ?? '';

/** What the server got so far; the last line may be half written. */
const heard = (method: string): Heard[] =>
  (fs.existsSync(HEARD) ? fs.readFileSync(HEARD, 'utf8') : '')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Heard)
    .filter((message) => message.method === method);

async function until<T>(what: string, ask: () => T | undefined | false): Promise<T> {
  const end = Date.now() + 15_000;
  for (;;) {
    const value = ask();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const opened = (uri: vscode.Uri) => heard('textDocument/didOpen').filter(({ params }) => (params?.['textDocument'] as { uri: string }).uri === uri.toString()).length;

describe('the extension', () => {
  before(async () => {
    await extension?.activate();
    await until('the server is initialized', () => heard('initialized').length > 0);
  });

  it('tells the server of both folders, of the settings that somebody set and of nothing else', () => {
    const [{ params } = {}] = heard('initialize');
    assert.deepEqual((params?.['workspaceFolders'] as { name: string }[]).map(({ name }) => name), ['one', 'two']);
    const { client, ...settings } = params?.['initializationOptions'] as Record<string, unknown>;
    assert.deepEqual(settings, { chat: { url: 'http://127.0.0.1:9/v1' } });
    assert.deepEqual(client, { events: false, partialResults: false, replaceRange: true, debounceMs: 50, diagnostics: true, asks: true, more: true, trusted: true });
  });

  it('registers every command of its package.json', async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    for (const { command } of extension?.packageJSON.contributes.commands as { command: string }[]) assert.ok(known.has(command), command);
  });

  it('is refused a proposed API, as in VS Code', () => {
    const provider = { provideInlineCompletionItems: () => [], handleDidShowCompletionItem: () => {} };
    assert.throws(() => vscode.languages.registerInlineCompletionItemProvider({ scheme: 'file' }, provider), /CANNOT use API proposal: inlineCompletionsAdditions/);
  });

  it('takes little time of its own to start, and waits for nothing', () => {
    const { activationMs } = extension?.exports as { activationMs: number };
    console.log(`    (${activationMs.toFixed(1)} ms of its own)`);
    assert.ok(activationMs > 0 && activationMs < 500, `${activationMs} ms`); // the budget is 50; this machine may be busy
  });

  it('tells the server of files and untitled documents, and not of virtual ones', async () => {
    assert.ok(two);
    const file = vscode.Uri.joinPath(two, 'a.py');
    const untitled = await vscode.workspace.openTextDocument({ language: 'python', content: 'x' });
    const virtual = vscode.Uri.parse('dovetail-answer:/nothing.txt');
    await vscode.workspace.openTextDocument(virtual);
    await vscode.workspace.openTextDocument(file);
    await until('the file is opened', () => opened(file) === 1 && opened(untitled.uri) === 1);
    assert.equal(opened(virtual), 0);
  });

  it('keeps a very large file from the server, its changes and requests too, and says so', async () => {
    assert.ok(one);
    const uri = vscode.Uri.joinPath(one, 'large.py');
    await vscode.workspace.fs.writeFile(uri, Buffer.from(`${'x = 1 # filler\n'.repeat(600_000)}`));
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'y'));
    const marker = vscode.Uri.joinPath(one, 'marker.py');
    await vscode.workspace.fs.writeFile(marker, Buffer.from(''));
    await vscode.workspace.openTextDocument(marker);
    await until('what came after it', () => opened(marker) === 1);
    assert.equal(opened(uri), 0);
    assert.ok(!heard('textDocument/didChange').some(({ params }) => (params?.['textDocument'] as { uri: string }).uri === uri.toString()));
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.workspace.fs.delete(uri);
  });

  it('sends a changed setting, and only to the server that runs', async () => {
    const settings = vscode.workspace.getConfiguration('dovetail');
    const before = heard('initialize').length;
    await settings.update('completion.maxLines', 3, vscode.ConfigurationTarget.Global);
    const [{ params } = {}] = await until('the change', () => heard('workspace/didChangeConfiguration').length > 0 && heard('workspace/didChangeConfiguration').slice(-1));
    assert.deepEqual(params?.['settings'], { dovetail: { chat: { url: 'http://127.0.0.1:9/v1' }, completion: { maxLines: 3 } } });
    await settings.update('completion.maxLines', undefined, vscode.ConfigurationTarget.Global);
    assert.equal(heard('initialize').length, before);
  });

  it('asks for a plan, shows it, and lets the server write it, over unsaved text', async () => {
    assert.ok(one);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(one, 'a.py'));
    const editor = await vscode.window.showTextDocument(document);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), ' '));
    await vscode.env.clipboard.writeText('a diff');
    await vscode.commands.executeCommand('dovetail.applyDiffFromClipboard');
    const tab = await until('the diff editor', () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff && vscode.window.tabGroups.activeTabGroup.activeTab);
    const { original, modified } = tab.input as vscode.TabInputTextDiff;
    assert.equal((await vscode.workspace.openTextDocument(original)).getText(), 'x = 1\ny = 2\n');
    assert.equal((await vscode.workspace.openTextDocument(modified)).getText(), 'x = 1\ny = 3\n');
    assert.equal(document.getText(), ' x = 1\ny = 2\n');
    await vscode.commands.executeCommand('dovetail.reviewApply');
    assert.equal(document.getText(), ' x = 1\ny = 3\n');
    assert.ok(document.isDirty);
    await until('the diff editor is closed', () => !vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ input }) => input instanceof vscode.TabInputTextDiff)));
  });

  it('gives keys to the server through its environment, and never through settings', async () => {
    const { Keys } = await import('../../src/keys.ts');
    // The same names and format as the extension's own store.
    const stored = new Map<string, string>();
    const keys = new Keys({ get: async (key: string) => stored.get(key), store: async (key: string, value: string) => void stored.set(key, value) } as unknown as vscode.SecretStorage);
    await keys.set('A_KEY', 'one');
    await keys.set('B_KEY', 'two');
    await keys.forget('A_KEY');
    assert.deepEqual(await keys.environment(), { B_KEY: 'two' });
    assert.doesNotMatch(JSON.stringify(vscode.workspace.getConfiguration('dovetail')), /two/);
  });
});
