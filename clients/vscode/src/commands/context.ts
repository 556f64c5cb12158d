import * as vscode from 'vscode';
import { forNotice } from '../words.ts';

/** The editor that an edit is for; says why if there is none. */
export function editorForEdits(): vscode.TextEditor | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    void vscode.window.showInformationMessage('Dovetail: open a file first.');
    return undefined;
  }
  if (editor.document.uri.scheme !== 'file' && editor.document.uri.scheme !== 'untitled') {
    void vscode.window.showInformationMessage(forNotice(`Dovetail edits files on disk; this is a document of the kind "${editor.document.uri.scheme}".`));
    return undefined;
  }
  return editor;
}

/** The document's URI and the selection, as the server wants them. An empty selection stands for the node at the cursor. */
export function target({ document, selection }: vscode.TextEditor) {
  return { uri: document.uri.toString(), range: { start: place(selection.start), end: place(selection.end) } };
}

const place = ({ line, character }: vscode.Position) => ({ line, character });
