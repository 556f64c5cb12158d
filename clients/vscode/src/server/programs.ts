import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { STAMP } from './managed.ts';
import type { Places } from './resolve.ts';

/** The places of this machine and this workspace in which a server is looked for. */
export function placesHere(managedEnvironment: string): Places {
  const settings = vscode.workspace.getConfiguration('dovetail.server');
  return {
    setting: settings.get<string>('path', '').trim(),
    trusted: vscode.workspace.isTrusted && settings.get<boolean>('useWorkspaceEnvironment', true),
    interpreters: workspaceInterpreters,
    pathVariable: process.env['PATH'] ?? '',
    managedEnvironment,
    platform: process.platform,
    runnable,
    managedReady: () => runnable(path.join(managedEnvironment, STAMP), constants.R_OK),
  };
}

async function runnable(file: string, mode: number = constants.X_OK): Promise<boolean> {
  try {
    await access(file, mode);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

interface PythonApi {
  readonly environments?: { getActiveEnvironmentPath?(resource?: vscode.Uri): { readonly path?: string } };
}

/** Interpreters and environment folders of the workspace, the user's own choice first. */
async function workspaceInterpreters(): Promise<readonly string[]> {
  const found: string[] = [];
  const folders = (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === 'file');
  const python = vscode.extensions.getExtension<PythonApi>('ms-python.python');
  // Only if it runs already: this extension is no reason to start another.
  const api = python?.isActive ? python.exports : undefined;
  for (const { uri } of folders) {
    const chosen = api?.environments?.getActiveEnvironmentPath?.(uri).path;
    if (chosen && path.isAbsolute(chosen)) found.push(chosen);
    const setting = vscode.workspace.getConfiguration('python', uri).get<string>('defaultInterpreterPath');
    const expanded = setting?.replace(/\$\{workspaceFolder\}/g, uri.fsPath);
    if (expanded && path.isAbsolute(expanded)) found.push(expanded);
    found.push(path.join(uri.fsPath, '.venv'), path.join(uri.fsPath, 'venv'));
  }
  return found;
}
