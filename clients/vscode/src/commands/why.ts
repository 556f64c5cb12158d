import * as vscode from 'vscode';
import type { Session } from '../session.ts';
import { type Decision, decisionsText } from '../status/decisions.ts';

/** Why no suggestion: the server's last decisions about this file, newest first. */
export async function why(session: Session): Promise<void> {
  const uri = vscode.window.activeTextEditor?.document.uri;
  const answer = await session.requests.ask<{ decisions: Decision[] }>('Why', 'dovetail.why', uri?.scheme === 'file' || uri?.scheme === 'untitled' ? { uri: uri.toString() } : {});
  if (answer) await session.answers.show('Why', decisionsText(answer.decisions ?? [], (text) => vscode.workspace.asRelativePath(vscode.Uri.parse(text))), [], true);
}
