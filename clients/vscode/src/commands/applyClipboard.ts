import * as vscode from 'vscode';
import type { Session } from '../session.ts';
import { applyText } from './applyText.ts';

/** Apply Suggested Diff from the clipboard. */
export async function applyClipboard(session: Session): Promise<void> {
  await applyText(session, await vscode.env.clipboard.readText(), vscode.window.activeTextEditor?.document.uri);
}
