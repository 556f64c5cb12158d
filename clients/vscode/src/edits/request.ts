import * as vscode from 'vscode';
import type { Supervisor } from '../server/supervisor.ts';
import { forNotice, reason } from '../words.ts';

/** Commands sent to the server, with or without a word to the user. */
export class Requests {
  private readonly supervisor: Supervisor;
  private readonly log: vscode.LogOutputChannel;

  constructor(supervisor: Supervisor, log: vscode.LogOutputChannel) {
    this.supervisor = supervisor;
    this.log = log;
  }

  /**
   * Sends a command to the server and waits, without a word to the user. `undefined` when no server runs or it answered with
   * an error; both are in the log.
   */
  async quietly<T>(command: string, argument: object): Promise<T | undefined> {
    try {
      return await this.supervisor.client?.execute<T>(command, argument);
    } catch (error) {
      this.log.warn(`${command}: ${reason(error)}`);
      return undefined;
    }
  }

  /**
   * Sends a command to the server, once it is up, with progress that can be cancelled. `undefined` when the user cancelled, no server runs or
   * it answered with an error; the last two are said.
   */
  async ask<T>(title: string, command: string, argument: object): Promise<T | undefined> {
    return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `Dovetail: ${title}`, cancellable: true }, async (progress, token) => {
      const client = await this.supervisor.settled(token);
      if (token.isCancellationRequested) return undefined;
      if (!client) {
        void this.noServer();
        return undefined;
      }
      try {
        const answer = await client.execute<T>(command, argument, token, (message) => progress.report({ message: forNotice(message) }));
        return token.isCancellationRequested ? undefined : answer;
      } catch (error) {
        if (token.isCancellationRequested) return undefined;
        this.log.error(`${command}: ${reason(error)}`);
        void vscode.window.showErrorMessage(forNotice(`Dovetail: ${reason(error)}`), 'Show Log').then((answer) => answer && this.log.show());
        return undefined;
      }
    });
  }

  /** What to say when a command needs the server and there is none. */
  async noServer(): Promise<void> {
    const { state } = this.supervisor;
    if (state.kind === 'missing') return this.supervisor.install();
    const answer = await vscode.window.showWarningMessage("Dovetail's server is not running.", 'Restart', 'Show Log');
    if (answer === 'Restart') await this.supervisor.restart();
    else if (answer === 'Show Log') this.log.show();
  }
}
