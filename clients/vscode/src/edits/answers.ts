import * as vscode from 'vscode';

const ANSWER_SCHEME = 'dovetail-answer';
/** Plain text, but long lines are wrapped (package.json: a pane beside the editor is narrow). */
const LANGUAGE = 'dovetail-answer';

export interface AnswerLink {
  /** Offset of the linked words in the text, and how many UTF-16 units they are. */
  readonly at: number;
  readonly length: number;
  readonly target: vscode.Uri;
}

/**
 * Read-only documents that hold what the server or a model said. Always plain text: a model's Markdown is shown as it was
 * written, and the only links in it that lead anywhere in the workspace are those given to `show`.
 */
export class Answers implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.Disposable {
  private readonly texts = new Map<string, { readonly text: string; readonly links: readonly AnswerLink[] }>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly registered = [
    vscode.workspace.registerTextDocumentContentProvider(ANSWER_SCHEME, this),
    vscode.languages.registerDocumentLinkProvider({ scheme: ANSWER_SCHEME }, this),
    vscode.workspace.onDidCloseTextDocument((document) => this.texts.delete(document.uri.toString())),
    this.changed,
  ];

  /** Opens the text under a title, beside the active editor if `beside`. */
  async show(title: string, text: string, links: readonly AnswerLink[] = [], beside = false): Promise<void> {
    const uri = vscode.Uri.from({ scheme: ANSWER_SCHEME, path: `/${title.replace(/[/\\?#]/g, '-')}.txt` });
    this.texts.set(uri.toString(), { text, links });
    this.changed.fire(uri);
    const document = await vscode.languages.setTextDocumentLanguage(await vscode.workspace.openTextDocument(uri), LANGUAGE);
    this.texts.set(uri.toString(), { text, links }); // to VS Code a document that gets another language was closed and opened
    // Where it is on the screen already it stays: "beside" again and again would split the window again and again.
    const there = vscode.window.visibleTextEditors.find((editor) => editor.document === document)?.viewColumn;
    await vscode.window.showTextDocument(document, { preview: true, viewColumn: there ?? (beside ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active) });
  }

  /** Keeps a text under a title without showing it: one side of a comparison. */
  hold(title: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: ANSWER_SCHEME, path: `/${title.replace(/[/\\?#]/g, '-')}` });
    this.texts.set(uri.toString(), { text, links: [] });
    this.changed.fire(uri);
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString())?.text ?? 'This answer is gone. Ask again.\n';
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    return (this.texts.get(document.uri.toString())?.links ?? []).map(({ at, length, target }) => {
      const link = new vscode.DocumentLink(new vscode.Range(document.positionAt(at), document.positionAt(at + length)), target);
      link.tooltip = 'Go to the line';
      return link;
    });
  }

  dispose(): void {
    for (const each of this.registered) each.dispose();
  }
}
