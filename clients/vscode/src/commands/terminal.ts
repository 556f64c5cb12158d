import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { LONGEST_DOCUMENT } from '../documents.ts';
import type { Session } from '../session.ts';
import { endedEarly } from '../words.ts';

/** Runs a command of the server's own program (`doctor`, `init`) and gives what it says, and whether it was ended after `longestMs`; `undefined` without a server. */
export async function run(session: Session, title: string, args: readonly string[], longestMs: number): Promise<string | undefined> {
  const { state } = session.supervisor;
  if (state.kind !== 'running') {
    await session.requests.noServer();
    return undefined;
  }
  const env = { ...process.env, ...(await session.keys.environment()), NO_COLOR: '1', COLUMNS: '120', PYTHONUTF8: '1' };
  const cwd = vscode.workspace.isTrusted ? vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath : undefined;
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: `Dovetail: ${title}` }, () =>
    new Promise<string>((resolve) => {
      execFile(state.command, [...args], { env, cwd, timeout: longestMs, maxBuffer: LONGEST_DOCUMENT, windowsHide: true }, (error, stdout, stderr) => {
        // A program that says too much is ended as well: that is another error, with a code.
        const ended = error?.killed === true && error.code !== 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
        const failed = error && !stdout && !stderr ? error.message : '';
        resolve([stdout, stderr, ended ? endedEarly(args, longestMs) : failed].filter(Boolean).join('\n'));
      });
    }),
  );
}
