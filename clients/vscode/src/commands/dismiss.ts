import * as vscode from 'vscode';
import type { Session } from '../session.ts';

/** Escape while ghost text shows: hides it, as VS Code does, and tells the server, which VS Code does not. */
export async function dismiss(session: Session): Promise<void> {
  await vscode.commands.executeCommand('editor.action.inlineSuggest.hide');
  session.asking.ended();
  if (session.nextEdits.asGhostText) return session.nextEdits.reject();
  const [id] = session.offers.take(vscode.window.activeTextEditor?.document);
  if (id !== undefined) await session.supervisor.client?.sendNotification('dovetail/didReject', { id });
  session.nextEdits.again();
}
