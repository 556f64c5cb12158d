import * as vscode from 'vscode';
import type { Session } from '../session.ts';

/** Forget API Key…. */
export async function forgetKey(session: Session): Promise<void> {
  const names = Object.keys(await session.keys.environment());
  if (names.length === 0) {
    void vscode.window.showInformationMessage('Dovetail keeps no API key.');
    return;
  }
  const name = await vscode.window.showQuickPick(names, { title: 'Dovetail: Forget API Key' });
  if (name) await session.keys.forget(name);
}
