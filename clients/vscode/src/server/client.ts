import type * as vscode from 'vscode';
import { CloseAction, ErrorAction, type LanguageClientOptions, type Middleware, RevealOutputChannelOn } from 'vscode-languageclient/node';
import { SELECTOR } from '../documents.ts';
import { QuietClient } from './quiet.ts';

interface ClientParts {
  readonly log: vscode.LogOutputChannel;
  readonly middleware: Middleware;
  readonly initializationOptions: () => object;
  /** Variables added to the server's environment: API keys. */
  readonly environment: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
}

/** A client for the server program `command`, not yet started. `onGone` is called when its connection closes unasked. */
export function makeClient(command: string, parts: ClientParts, onGone: () => void): QuietClient {
  const options: LanguageClientOptions = {
    documentSelector: SELECTOR,
    outputChannel: parts.log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: parts.initializationOptions,
    initializationFailedHandler: () => false,
    middleware: parts.middleware,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        onGone();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
  // No `transport`: stdin and stdout are the default, and naming them would add `--stdio` to the arguments.
  const client = new QuietClient('dovetail', 'Dovetail', { command, args: [...parts.arguments], options: { env: { ...process.env, ...parts.environment } } }, options);
  client.showPlainly();
  return client;
}
