import * as vscode from 'vscode';
import type { Session } from '../session.ts';
import { applyText } from './applyText.ts';

/** Apply Suggested Diff from the selected text. */
export async function applySelection(session: Session): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  await applyText(session, editor ? editor.document.getText(editor.selection) : '');
}
