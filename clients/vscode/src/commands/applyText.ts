import * as vscode from 'vscode';
import type { Session } from '../session.ts';

/** Asks for a plan made from a diff or a model's answer. `for_` is the file that it is about if it names none. */
export async function applyText(session: Session, text: string, for_?: vscode.Uri): Promise<void> {
  if (!text.trim()) {
    void vscode.window.showInformationMessage('Dovetail: there is no text to apply.');
    return;
  }
  const uri = for_ && (for_.scheme === 'file' || for_.scheme === 'untitled') ? { uri: for_.toString() } : {};
  await session.plan('Reading the diff', 'dovetail.applyDiff', { text, ...uri });
}
