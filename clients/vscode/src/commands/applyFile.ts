import * as vscode from 'vscode';
import { LONGEST_DOCUMENT } from '../documents.ts';
import type { Session } from '../session.ts';
import { applyText } from './applyText.ts';

/** Apply Suggested Diff from a file: the one given by the explorer, or one that is asked for. */
export async function applyFile(session: Session, given?: unknown): Promise<void> {
  const uri = given instanceof vscode.Uri ? given : (await vscode.window.showOpenDialog({ title: 'A diff, or a model’s answer that holds one' }))?.[0];
  if (!uri) return;
  if ((await vscode.workspace.fs.stat(uri)).size > LONGEST_DOCUMENT) {
    void vscode.window.showErrorMessage('Dovetail: this file is too large to be a diff.');
    return;
  }
  await applyText(session, (await vscode.workspace.openTextDocument(uri)).getText());
}
