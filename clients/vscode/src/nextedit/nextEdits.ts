import * as vscode from 'vscode';
import type { Requests } from '../edits/request.ts';
import type { Offers } from '../inline/offers.ts';
import type { Supervisor } from '../server/supervisor.ts';
import { forNotice, reason } from '../words.ts';
import { hint, isAt, marks, type NextEdit, type NextRename, renameHint, replaced } from './drawing.ts';
import { asGhost, type Ghost } from './ghost.ts';

const SHOWN = 'dovetail.nextEditShown'; // context key: Tab and Escape are for the next edit
const AFTER_KEY_MS = 750; // an edit is over when nothing was typed for so long
const AFTER_MOVE_MS = 250; // or when the cursor has left it

/**
 * The one next edit that is shown, and when one is asked for. Nothing is written unless the text is still the one it was
 * found in. It is shown as ghost text where VS Code can do that, else by decorations, and never beside a suggestion.
 */
export class NextEdits implements vscode.Disposable {
  private readonly supervisor: Supervisor;
  private readonly requests: Requests;
  private readonly offers: Offers;
  private readonly log: vscode.LogOutputChannel;
  private readonly struck = vscode.window.createTextEditorDecorationType({ backgroundColor: new vscode.ThemeColor('diffEditor.removedTextBackground'), textDecoration: 'line-through' });
  private readonly added = vscode.window.createTextEditorDecorationType({});
  private readonly listeners: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private shown: NextEdit | undefined;
  private renaming: NextRename | undefined;
  /** What VS Code was asked to show as ghost text, and for which text and cursor; it gets it when it asks for suggestions. */
  private ghost: (Ghost & { readonly uri: string; readonly version: number }) | undefined;
  /** Something was edited since the server was last asked. */
  private fresh = false;
  private asked = 0;
  /** The user waits for an answer that they asked for: nothing is asked by itself meanwhile, which would take its place. */
  private byHand = false;

  constructor(supervisor: Supervisor, requests: Requests, offers: Offers, log: vscode.LogOutputChannel) {
    this.supervisor = supervisor;
    this.requests = requests;
    this.offers = offers;
    this.log = log;
    this.listeners = [
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length === 0 || document !== vscode.window.activeTextEditor?.document) return;
        this.fresh = true;
        this.hide();
        this.soon(AFTER_KEY_MS);
      }),
      vscode.window.onDidChangeTextEditorSelection(() => {
        if (this.shown || this.renaming) this.draw();
        else if (this.fresh) this.soon(AFTER_MOVE_MS);
      }),
      vscode.window.onDidChangeActiveTextEditor(() => (this.shown || this.renaming) && this.draw()),
    ];
  }

  private soon(ms: number): void {
    clearTimeout(this.timer);
    if (this.byHand) return;
    this.timer = setTimeout(() => void this.ask(false), ms);
  }

  /** Asks the server; `manual` where the user did, who is then told why there is none. */
  async ask(manual: boolean): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const client = this.supervisor.client;
    if (!editor || !client || !vscode.workspace.isTrusted) return;
    clearTimeout(this.timer);
    const { document, selection } = editor;
    // Two things at once can only be in each other's way: the suggestion goes before, unless the user wants the other one.
    if (manual && this.offers.at(document, selection.active)) {
      await vscode.commands.executeCommand('editor.action.inlineSuggest.hide');
      this.offers.clear();
    } else if (this.offers.at(document, selection.active)) return;
    this.byHand = manual;
    const number = ++this.asked;
    const version = document.version;
    try {
      const params = { textDocument: { uri: client.code2ProtocolConverter.asUri(document.uri) }, position: client.code2ProtocolConverter.asPosition(selection.active), manual };
      const { edit, reason: why, rename } = await client.sendRequest<{ edit: NextEdit | null; reason?: string; rename?: NextRename }>('dovetail/nextEdit', params);
      if (number !== this.asked || document.version !== version) return;
      if (!manual && this.offers.at(document, editor.selection.active)) return;
      // Where nothing is proposed because the edit is not over, the next move of the cursor asks again.
      this.fresh = edit === null && why === 'the edit under way is not over';
      this.shown = edit ?? undefined;
      this.renaming = rename;
      await vscode.commands.executeCommand('setContext', SHOWN, edit !== null || rename !== undefined);
      this.draw();
      if (manual && !edit && !rename) void vscode.window.setStatusBarMessage(forNotice(`Dovetail: no next edit: ${why ?? ''}`), 5000);
    } catch (error) {
      this.log.debug(`dovetail/nextEdit: ${reason(error)}`);
    } finally {
      if (number === this.asked) this.byHand = false;
      if (document.version !== version) this.soon(AFTER_KEY_MS); // typed meanwhile
    }
  }

  /** Goes to the next edit; where the cursor is at it already, makes it. */
  async accept(): Promise<void> {
    if (this.renaming) return this.rename(this.renaming);
    const edit = this.shown;
    if (!edit) return;
    // The key would have been VS Code's if the ghost text were on the screen: what nobody sees is shown first.
    if (this.ghost) return this.draw(false);
    const uri = vscode.Uri.parse(edit.textDocument.uri);
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.toString() !== uri.toString() || !isAt(edit, editor.selection.active.line)) {
      const opened = await vscode.window.showTextDocument(uri);
      const line = opened.document.validatePosition(new vscode.Position(edit.line, 0)).line;
      const at = new vscode.Position(line, opened.document.lineAt(line).firstNonWhitespaceCharacterIndex);
      opened.selection = new vscode.Selection(at, at);
      opened.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      this.draw();
      return;
    }
    this.hide();
    const { document } = editor;
    const range = new vscode.Range(edit.range.start.line, edit.range.start.character, edit.range.end.line, edit.range.end.character);
    const old = new vscode.Range(edit.line, 0, edit.line + Math.max(replaced(edit) - 1, 0), Number.MAX_SAFE_INTEGER);
    const stands = replaced(edit) === 0 || document.getText(document.validateRange(old)).replaceAll('\r\n', '\n') === edit.before;
    if (!stands) {
      void vscode.window.setStatusBarMessage('Dovetail: the text has changed since; nothing was changed.', 5000);
      return;
    }
    const change = new vscode.WorkspaceEdit();
    change.replace(uri, range, edit.newText);
    // The server counts it before it hears of the change, so that the change is known for what it is.
    await this.supervisor.client?.sendNotification('dovetail/didAcceptNextEdit', { id: edit.id });
    await vscode.workspace.applyEdit(change);
    this.again();
  }

  /** The ghost text of an edit was taken: VS Code has made the change by now. */
  async taken(id: string): Promise<void> {
    this.hide();
    await this.supervisor.client?.sendNotification('dovetail/didAcceptNextEdit', { id });
    this.again();
  }

  /** Something was settled, and more may follow from what was edited. */
  again(): void {
    this.fresh = true;
    this.soon(AFTER_MOVE_MS);
  }

  /** Whether the edit is, as far as can be known, on the screen as ghost text. */
  get asGhostText(): boolean {
    return this.ghost !== undefined;
  }

  /** What VS Code is to show at a place, if it is the next edit. */
  inline(document: vscode.TextDocument, position: vscode.Position): vscode.InlineCompletionItem | undefined {
    const { shown: edit, ghost } = this;
    if (!edit || !ghost || ghost.uri !== document.uri.toString() || ghost.version !== document.version || ghost.line !== position.line || ghost.from !== position.character) return undefined;
    const command = { title: 'Accepted', command: 'dovetail.nextEditTaken', arguments: [{ id: edit.id }] };
    return new vscode.InlineCompletionItem(ghost.text, new vscode.Range(ghost.line, ghost.from, ghost.line, ghost.to), command);
  }

  /** A suggestion is about to be on the screen: it goes before. */
  giveWay(): void {
    this.hide();
  }

  /** The old name comes back, so that the language's own rename finds it and its uses; where that fails, the new one stays. */
  private async rename(rename: NextRename): Promise<void> {
    const { oldName, newName, position } = rename;
    this.hide();
    await this.settle(rename);
    const uri = vscode.Uri.parse(rename.textDocument.uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const at = new vscode.Position(position.line, position.character);
    const put = async (from: string, to: string): Promise<boolean> => {
      const range = new vscode.Range(at, at.translate(0, from.length));
      if (document.getText(range) !== from) return false;
      const change = new vscode.WorkspaceEdit();
      change.replace(uri, range, to);
      return vscode.workspace.applyEdit(change);
    };
    if (!(await put(newName, oldName))) {
      void vscode.window.setStatusBarMessage('Dovetail: the text has changed since; nothing was renamed.', 5000);
      return;
    }
    try {
      await vscode.commands.executeCommand('vscode.prepareRename', uri, at);
      const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit | undefined>('vscode.executeDocumentRenameProvider', uri, at, newName);
      if (!edit || edit.size === 0) throw new Error('nothing here renames it');
      await vscode.workspace.applyEdit(edit);
    } catch (error) {
      await put(oldName, newName);
      void vscode.window.setStatusBarMessage(forNotice(`Dovetail: ${oldName} cannot be renamed here: ${reason(error)}`), 8000);
    }
  }

  private async settle({ oldName, newName }: NextRename): Promise<void> {
    await this.supervisor.client?.sendNotification('dovetail/didSettleRename', { oldName, newName });
  }

  /** It is not wanted, and does not come back. */
  async reject(): Promise<void> {
    const { shown: edit, renaming } = this;
    this.hide();
    if (renaming) await this.settle(renaming);
    if (edit) await this.supervisor.client?.sendNotification('dovetail/didRejectNextEdit', { id: edit.id });
  }

  /** Every place of the rule behind the next edit, as a plan to look through. */
  async all(take: (answer: unknown) => Promise<void>): Promise<void> {
    if (!this.shown) await this.ask(true);
    const edit = this.shown;
    if (!edit) return;
    this.hide();
    await take(await this.requests.ask('Next edits', 'dovetail.nextEdit', { id: edit.id, all: true, preview: true }));
  }

  private hide(): void {
    if (!this.shown && !this.renaming) return;
    this.shown = undefined;
    this.renaming = undefined;
    this.ghost = undefined;
    void vscode.commands.executeCommand('setContext', SHOWN, false);
    for (const editor of vscode.window.visibleTextEditors) this.clear(editor);
  }

  private clear(editor: vscode.TextEditor): void {
    editor.setDecorations(this.struck, []);
    editor.setDecorations(this.added, []);
  }

  /** Whether the edit is given to VS Code as ghost text at the cursor; a place that was given before is not asked for again. */
  private drawGhost(edit: NextEdit): boolean {
    const editor = vscode.window.activeTextEditor;
    const before = this.ghost;
    this.ghost = undefined;
    if (!editor || editor.document.uri.toString() !== vscode.Uri.parse(edit.textDocument.uri).toString()) return false;
    const { document, selection } = editor;
    if (!selection.isEmpty || !vscode.workspace.getConfiguration('editor', document).get('inlineSuggest.enabled')) return false;
    const found = asGhost(edit, selection.active, document.lineAt(selection.active.line).text);
    if (!found) return false;
    this.ghost = { ...found, uri: document.uri.toString(), version: document.version };
    const same = before && before.uri === this.ghost.uri && before.version === this.ghost.version && before.line === found.line && before.from === found.from;
    if (!same) void vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
    return true;
  }

  private draw(ghosts = true): void {
    const { shown: edit, renaming } = this;
    if (edit && ghosts && this.drawGhost(edit)) {
      for (const editor of vscode.window.visibleTextEditors) this.clear(editor);
      return;
    }
    this.ghost = undefined;
    for (const editor of vscode.window.visibleTextEditors) {
      this.clear(editor);
      if (renaming) this.drawRename(editor, renaming);
      if (!edit) continue;
      const { document } = editor;
      const here = document.uri.toString() === vscode.Uri.parse(edit.textDocument.uri).toString();
      const struck: vscode.Range[] = [];
      const added: vscode.DecorationOptions[] = [];
      const behind = (line: number, contentText: string) => {
        const end = document.lineAt(Math.min(line, document.lineCount - 1)).range.end;
        added.push({ range: new vscode.Range(end, end), renderOptions: { after: { contentText, color: new vscode.ThemeColor('editorGhostText.foreground') } } });
      };
      if (here) {
        for (const mark of marks(edit)) {
          if (mark.struck && mark.line < document.lineCount) struck.push(written(document.lineAt(mark.line)));
          if (mark.text) behind(mark.line, mark.text);
        }
      }
      const line = editor.selection.active.line;
      if (editor === vscode.window.activeTextEditor && !(here && isAt(edit, line))) {
        behind(line, hint(edit, here ? undefined : vscode.workspace.asRelativePath(vscode.Uri.parse(edit.textDocument.uri))));
      }
      editor.setDecorations(this.struck, struck);
      editor.setDecorations(this.added, added);
    }
  }

  /** Behind the definition, or, where its document is not the active one, behind the cursor's line with the file's name. */
  private drawRename(editor: vscode.TextEditor, rename: NextRename): void {
    const { document } = editor;
    const uri = vscode.Uri.parse(rename.textDocument.uri);
    const here = document.uri.toString() === uri.toString();
    if (!here && editor !== vscode.window.activeTextEditor) return;
    const contentText = here ? renameHint(rename) : `${renameHint(rename)}, ${vscode.workspace.asRelativePath(uri)}`;
    const line = here ? rename.position.line : editor.selection.active.line;
    const { end } = document.lineAt(Math.min(line, document.lineCount - 1)).range;
    editor.setDecorations(this.added, [{ range: new vscode.Range(end, end), renderOptions: { after: { contentText, color: new vscode.ThemeColor('editorGhostText.foreground') } } }]);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const each of this.listeners) each.dispose();
    this.struck.dispose();
    this.added.dispose();
  }
}

/** A line without its indentation. */
const written = ({ range, firstNonWhitespaceCharacterIndex }: vscode.TextLine) => range.with(range.start.translate(0, firstNonWhitespaceCharacterIndex));
