import * as vscode from 'vscode';

/** How a question of VS Code goes on to the server. */
type Way = 'as it is' | 'as while typing' | 'ahead';

interface Given {
  readonly uri: string;
  readonly version: number;
  readonly position: vscode.Position;
}

/**
 * Which questions are asked how. Two things are not as VS Code has them: a suggestion of which more has come is asked for
 * again, as if the user were typing; and with `completion.mode` subtle nothing is shown while typing, but the answer is
 * asked for ahead, so that it is there when a key asks for it.
 */
export class Asking {
  private last: Given | undefined;
  private again: Given | undefined;

  way(document: vscode.TextDocument, position: vscode.Position, context: vscode.InlineCompletionContext): Way {
    if (context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic) return subtle() ? 'ahead' : 'as it is';
    const { again } = this;
    this.again = undefined;
    if (again && same(again, document, position)) return 'as while typing';
    return subtle() ? 'as while typing' : 'as it is';
  }

  /** Something was given for a place. */
  given(document: vscode.TextDocument, position: vscode.Position): void {
    this.last = { uri: document.uri.toString(), version: document.version, position };
  }

  /** Nothing is on the screen any more. */
  ended(): void {
    this.last = undefined;
  }

  /** The server has more of what it gave for a document: asks again, if it still stands there. */
  async more(uri: string): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const { last } = this;
    if (!editor || !last || vscode.Uri.parse(uri).toString() !== last.uri || !same(last, editor.document, editor.selection.active)) return;
    this.again = last;
    await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
  }
}

function subtle(): boolean {
  return vscode.workspace.getConfiguration('dovetail.completion').get('mode') === 'subtle';
}

function same(given: Given, document: vscode.TextDocument, position: vscode.Position): boolean {
  return given.uri === document.uri.toString() && given.version === document.version && given.position.isEqual(position);
}
