import * as vscode from 'vscode';
import type { Session } from '../session.ts';

/**
 * Open Settings: all of them, or those whose name begins with `dovetail.<section>`. A section is one of scope `machine`: where
 * the workspace is on another machine VS Code shows it among the remote settings alone, and none among the user's.
 */
export async function openSettings(_session: Session, section?: unknown): Promise<void> {
  if (typeof section !== 'string') await vscode.commands.executeCommand('workbench.action.openSettings', '@ext:dovetail.dovetail');
  else if (vscode.env.remoteName === undefined) await vscode.commands.executeCommand('workbench.action.openSettings', `dovetail.${section}`);
  else await vscode.commands.executeCommand('workbench.action.openRemoteSettings', { query: `dovetail.${section}` });
}
