import * as vscode from 'vscode';
import { ExecuteCommandRequest, LanguageClient, MessageType, ShowMessageNotification, ShowMessageRequest, WorkDoneProgress } from 'vscode-languageclient/node';
import { forNotice } from '../words.ts';

let tokens = 0;

/**
 * A language client that writes its troubles to the log only. What a person must know is said by the supervisor, once;
 * the library would open a notification for each failed start, closed connection and failed request.
 */
export class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  override warn(message: string, data?: unknown): void {
    super.warn(message, data, false);
  }

  override info(message: string, data?: unknown): void {
    super.info(message, data, false);
  }

  /** The server's own messages, shown as plain text: a notification would make links, also to commands, of `[a](b)`. */
  showPlainly(): void {
    const by = (type: MessageType): typeof vscode.window.showInformationMessage =>
      type === MessageType.Error ? vscode.window.showErrorMessage : type === MessageType.Warning ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
    this.onNotification(ShowMessageNotification.type, ({ type, message }) => void by(type)(forNotice(message)));
    this.onRequest(ShowMessageRequest.type, async ({ type, message, actions = [] }) => {
      const picked = await by(type)(forNotice(message), ...actions.map(({ title }) => title));
      return actions.find(({ title }) => title === picked) ?? null;
    });
  }

  /** Runs a command of the server; what it says of its progress goes to `told`. Rejects with the server's error. */
  async execute<T>(command: string, argument: object, token?: vscode.CancellationToken, told?: (message: string) => void): Promise<T> {
    const params = { command, arguments: [argument] };
    // An undefined token would be sent as a second parameter.
    const send = (all: object) => (token ? this.sendRequest<T>(ExecuteCommandRequest.method, all, token) : this.sendRequest<T>(ExecuteCommandRequest.method, all));
    if (!told) return send(params);
    const workDoneToken = `dovetail-${++tokens}`;
    const listener = this.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
      if (value.kind !== 'end' && value.message) told(value.message);
    });
    try {
      return await send({ ...params, workDoneToken });
    } finally {
      listener.dispose();
    }
  }
}
