import * as vscode from 'vscode';

/**
 * The suggestions given to VS Code last. The stable API does not say whether one was shown, so this is the best there is:
 * the answer to the newest request, if the document has not changed since in a way that ended it.
 */
export class Offers {
  private last: { readonly uri: string; readonly version: number; readonly position: vscode.Position; readonly ids: readonly string[] } | undefined;

  given(document: vscode.TextDocument, position: vscode.Position, answer: vscode.InlineCompletionItem[] | vscode.InlineCompletionList | null | undefined, token: vscode.CancellationToken): void {
    if (token.isCancellationRequested) return;
    const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
    this.last = { uri: document.uri.toString(), version: document.version, position, ids: items.map(idOf).filter((id) => id !== undefined) };
  }

  /** The ids that may be on the screen in `document`, the first one first; they are forgotten by this. */
  take(document: vscode.TextDocument | undefined): readonly string[] {
    const { last } = this;
    if (!last || last.uri !== document?.uri.toString()) return [];
    this.last = undefined;
    return last.ids;
  }

  /** Whether one may be on the screen at a place: it was given for it, and nothing was typed, moved or sent away since. */
  at(document: vscode.TextDocument, position: vscode.Position): boolean {
    const { last } = this;
    return !!last && last.ids.length > 0 && last.uri === document.uri.toString() && last.version === document.version && last.position.isEqual(position);
  }

  clear(): void {
    this.last = undefined;
  }
}

function idOf(item: vscode.InlineCompletionItem): string | undefined {
  const id = (item.command?.arguments?.[0] as { id?: unknown } | undefined)?.id;
  return typeof id === 'string' ? id : undefined;
}
