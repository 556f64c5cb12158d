import path from 'node:path';
import * as vscode from 'vscode';
import { forNotice, reason } from '../words.ts';
import { Cancelled, makeEnvironment, pythonsToTry } from './managed.ts';

export const MANAGED_FOLDER = 'server';
const NEVER = 'dovetail.neverOffer';

const defaultRequirement = (context: vscode.ExtensionContext): string => `dovetail-lsp==${String(context.extension.packageJSON.version)}`;

/**
 * Asks whether a server may be installed, and installs it if so. True when there is one now.
 * With `asked` the user came by a command, so an earlier "never" does not count.
 */
export async function offerServer(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, asked: boolean): Promise<boolean> {
  if (!asked && context.globalState.get<boolean>(NEVER)) return false;
  const settings = vscode.workspace.getConfiguration('dovetail.server');
  const requirement = settings.get<string>('package', '').trim() || defaultRequirement(context);
  const folder = path.join(context.globalStorageUri.fsPath, MANAGED_FOLDER);
  const install = 'Install';
  const choose = 'Choose a Program…';
  const never = 'Never';
  const answer = await vscode.window.showInformationMessage(
    forNotice(`Dovetail needs its language server, and none was found. Install ${requirement} with pip into an environment of the extension's own? Only this step uses the network.`),
    ...(asked ? [install, choose] : [install, choose, never]),
  );
  if (answer === never) await context.globalState.update(NEVER, true);
  if (answer === choose) return chooseProgram();
  if (answer !== install) return false;
  return install_(settings.get<string>('python', '').trim(), folder, requirement, log);
}

async function chooseProgram(): Promise<boolean> {
  const [picked] = (await vscode.window.showOpenDialog({ title: 'The dovetail program', canSelectMany: false })) ?? [];
  if (!picked) return false;
  await vscode.workspace.getConfiguration('dovetail.server').update('path', picked.fsPath, vscode.ConfigurationTarget.Global);
  return true;
}

async function install_(python: string, folder: string, requirement: string, log: vscode.LogOutputChannel): Promise<boolean> {
  try {
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Dovetail', cancellable: true },
      async (progress, token) => {
        const stop = new AbortController();
        token.onCancellationRequested(() => stop.abort());
        const step = (line: string) => {
          log.info(line);
          progress.report({ message: forNotice(line) });
        };
        await makeEnvironment({ pythons: pythonsToTry(python, process.platform), folder, requirement, platform: process.platform }, step, stop.signal);
      },
    );
    log.info(`The server is installed in ${folder}`);
    return true;
  } catch (error) {
    if (error instanceof Cancelled) {
      log.info('Installing the server was cancelled; nothing is left of it.');
      return false;
    }
    log.error(`Installing the server failed: ${reason(error)}`);
    const answer = await vscode.window.showErrorMessage(forNotice(`Dovetail could not install its server. ${reason(error).split('\n')[0] ?? ''}`), 'Show Log');
    if (answer) log.show();
    return false;
  }
}
