import * as vscode from 'vscode';
import type { Session } from '../session.ts';

/** What is shown, or was shown last in this document, is of no use: hides it, and the statistics take note. */
export async function notUseful(session: Session): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  await vscode.commands.executeCommand('editor.action.inlineSuggest.hide');
  session.asking.ended();
  const [id] = session.offers.take(document);
  const params = id === undefined ? { uri: document?.uri.toString() } : { id };
  await session.supervisor.client?.sendNotification('dovetail/notUseful', params);
}
