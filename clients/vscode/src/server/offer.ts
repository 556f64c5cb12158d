import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { forNotice, reason } from '../words.ts';
import { Cancelled, makeEnvironment, pythonsToTry, STAMP } from './managed.ts';

export const MANAGED_FOLDER = 'server';
const NEVER = 'dovetail.neverOffer';

/** The folder of the extension that holds the server's wheel, put there by scripts/make-vsix. */
const WHEEL_FOLDER = 'wheel';

/**
 * What pip is to install: the user's own setting, else the wheel that came inside the extension. Never a bare name: what an index
 * holds under it need not be ours. Undefined in an extension that was built without its wheel.
 */
async function requirementOf(context: vscode.ExtensionContext): Promise<string | undefined> {
  const own = vscode.workspace.getConfiguration('dovetail.server').get<string>('package', '').trim();
  if (own) return own;
  const folder = path.join(context.extensionPath, WHEEL_FOLDER);
  const names = await readdir(folder).catch(() => []);
  const wheel = names.find((name) => name.endsWith('.whl'));
  return wheel && path.join(folder, wheel);
}

/**
 * Asks whether a server may be installed, and installs it if so. True when there is one now.
 * With `asked` the user came by a command, so an earlier "never" does not count.
 */
export async function offerServer(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, asked: boolean): Promise<boolean> {
  if (!asked && context.globalState.get<boolean>(NEVER)) return false;
  const settings = vscode.workspace.getConfiguration('dovetail.server');
  const requirement = await requirementOf(context);
  const folder = path.join(context.globalStorageUri.fsPath, MANAGED_FOLDER);
  const install = 'Install';
  const choose = 'Choose a Program…';
  const never = 'Never';
  const needs = 'Dovetail needs its language server, and none was found.';
  const answer = await vscode.window.showInformationMessage(
    forNotice(
      requirement
        ? `${needs} Install ${path.basename(requirement)} with pip into an environment of the extension's own? Only this step uses the network.`
        : `${needs} This build of the extension does not bring it: install it from a clone of Dovetail with pipx install, or choose the program.`,
    ),
    ...(requirement ? [install] : []),
    choose,
    ...(asked ? [] : [never]),
  );
  if (answer === never) await context.globalState.update(NEVER, true);
  if (answer === choose) return chooseProgram();
  if (answer !== install || !requirement) return false;
  return install_(settings.get<string>('python', '').trim(), folder, requirement, log);
}

/** Asks whether the extension's own environment may be made anew, where it holds another server than this extension brings. */
export async function offerUpdate(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, stopServer: () => Promise<void>): Promise<boolean> {
  const folder = path.join(context.globalStorageUri.fsPath, MANAGED_FOLDER);
  const requirement = await requirementOf(context);
  const there = (await readFile(path.join(folder, STAMP), 'utf8').catch(() => '')).trim();
  if (!requirement || !there || path.basename(there) === path.basename(requirement)) return false;
  const update = 'Update';
  const answer = await vscode.window.showInformationMessage(
    forNotice(`Dovetail's server was installed from ${path.basename(there)}; this extension brings ${path.basename(requirement)}. Install that in its place? Only this step uses the network.`),
    update,
  );
  if (answer !== update) return false;
  await stopServer(); // Windows does not let go of the files of a program that runs
  return install_(vscode.workspace.getConfiguration('dovetail.server').get<string>('python', '').trim(), folder, requirement, log);
}

/**
 * Removes the extension's own environment, if the user agrees: VS Code keeps an extension's storage when the extension is
 * uninstalled. True when it is gone.
 */
export async function removeManaged(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, stopServer: () => Promise<void>): Promise<boolean> {
  const folder = path.join(context.globalStorageUri.fsPath, MANAGED_FOLDER);
  if (!(await stat(folder).catch(() => undefined))) {
    void vscode.window.showInformationMessage('Dovetail: this extension has not installed a server.');
    return false;
  }
  const remove = 'Remove';
  const detail = `The folder ${folder} is deleted. Settings, statistics and what was learnt stay; "Install Server…" brings the server back.`;
  if ((await vscode.window.showWarningMessage('Remove the server that this extension installed?', { modal: true, detail }, remove)) !== remove) return false;
  // The next window would offer at once what was just removed.
  await context.globalState.update(NEVER, true);
  await stopServer(); // Windows does not let go of the files of a program that runs
  try {
    await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 200 });
  } catch (error) {
    log.error(`Removing ${folder} failed: ${reason(error)}`);
    void vscode.window.showErrorMessage(forNotice(`Dovetail could not remove all of its server: ${reason(error).split('\n')[0] ?? ''} Delete the folder ${folder}`));
    return false;
  }
  log.info(`Removed ${folder}`);
  return true;
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
