import * as vscode from 'vscode';
import type { Session } from '../session.ts';

const { Global, Workspace } = vscode.ConfigurationTarget;

/** Turns Dovetail on or off, for the user. */
export async function toggle(_session: Session): Promise<void> {
  const settings = vscode.workspace.getConfiguration('dovetail');
  const on = settings.get<boolean>('enabled', true);
  await settings.update('enabled', !on, Global);
  // A workspace that says otherwise would hide what was just chosen.
  if (settings.inspect('enabled')?.workspaceValue !== undefined) await settings.update('enabled', undefined, Workspace);
}

/** Turns Dovetail on or off in this workspace. */
export async function toggleWorkspace(_session: Session): Promise<void> {
  if (!vscode.workspace.workspaceFolders) return;
  const settings = vscode.workspace.getConfiguration('dovetail');
  const on = settings.get<boolean>('enabled', true);
  const elsewhere = settings.inspect<boolean>('enabled');
  const without = elsewhere?.globalValue ?? elsewhere?.defaultValue ?? true;
  await settings.update('enabled', without === !on ? undefined : !on, Workspace);
}

/** Turns suggestions on or off for the language of the active editor, for the user. */
export async function toggleLanguage(_session: Session): Promise<void> {
  const language = vscode.window.activeTextEditor?.document.languageId;
  if (language === undefined) return;
  const settings = vscode.workspace.getConfiguration('dovetail');
  const { [language]: was, ...others } = settings.inspect<Record<string, boolean>>('completion.languages')?.globalValue ?? {};
  await settings.update('completion.languages', was === false ? others : { ...others, [language]: false }, Global);
}
