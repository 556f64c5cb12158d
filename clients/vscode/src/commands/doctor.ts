import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { LONGEST_DOCUMENT } from '../documents.ts';
import type { Session } from '../session.ts';

const LONGEST_MS = 60_000;

/** Doctor: runs `dovetail doctor` of the server that is in use and shows what it says. */
export async function doctor(session: Session): Promise<void> {
  const { state } = session.supervisor;
  if (state.kind !== 'running') return session.requests.noServer();
  const env = { ...process.env, ...(await session.keys.environment()), NO_COLOR: '1', COLUMNS: '120', PYTHONUTF8: '1' };
  const cwd = vscode.workspace.isTrusted ? vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath : undefined;
  const said = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: 'Dovetail: doctor' }, () =>
    new Promise<string>((resolve) => {
      execFile(state.command, ['doctor'], { env, cwd, timeout: LONGEST_MS, maxBuffer: LONGEST_DOCUMENT, windowsHide: true }, (error, stdout, stderr) => {
        resolve([stdout, stderr, error && !stdout && !stderr ? error.message : ''].filter(Boolean).join('\n'));
      });
    }),
  );
  await session.answers.show('Doctor', `${state.command} (found by: ${state.by})\n\n${said}`);
}
