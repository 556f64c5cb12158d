import * as vscode from 'vscode';
import type { Session } from '../session.ts';
import { forNotice, reason } from '../words.ts';

/**
 * Sends a command to the server and waits, without a word to the user. `undefined` when no server runs or it answered with
 * an error; both are in the log.
 */
export async function quietly<T>(session: Session, command: string, argument: object): Promise<T | undefined> {
  try {
    return await session.supervisor.client?.execute<T>(command, argument);
  } catch (error) {
    session.log.warn(`${command}: ${reason(error)}`);
    return undefined;
  }
}

/**
 * Sends a command to the server, once it is up, with progress that can be cancelled. `undefined` when the user cancelled, no server runs or
 * it answered with an error; the last two are said.
 */
export async function ask<T>(session: Session, title: string, command: string, argument: object): Promise<T | undefined> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `Dovetail: ${title}`, cancellable: true }, async (progress, token) => {
    const client = await session.supervisor.settled(token);
    if (token.isCancellationRequested) return undefined;
    if (!client) {
      void session.noServer();
      return undefined;
    }
    try {
      const answer = await client.execute<T>(command, argument, token, (message) => progress.report({ message: forNotice(message) }));
      return token.isCancellationRequested ? undefined : answer;
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      session.log.error(`${command}: ${reason(error)}`);
      void vscode.window.showErrorMessage(forNotice(`Dovetail: ${reason(error)}`), 'Show Log').then((answer) => answer && session.log.show());
      return undefined;
    }
  });
}
