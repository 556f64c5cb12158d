import type * as vscode from 'vscode';
import { registerCommands } from './commands/index.ts';
import { extendMarkdownIt } from './markdown.ts';
import { Session } from './session.ts';

/** What other extensions get: the plugin for Markdown previews, and figures for the tests and the bench. */
interface Exports {
  readonly extendMarkdownIt: typeof extendMarkdownIt;
  /** The extension's own time: running its bundle from the first line, and `activate`, in ms. */
  readonly activationMs: number;
}

/** When the bundle began to run, by `performance.now()`; set by its first line (see esbuild.mjs). */
declare const dovetailLoadedAt: number;
const bundleMs = performance.now() - dovetailLoadedAt;

/** Makes the session and registers the commands; the server starts behind it, so that nothing waits for it. */
export function activate(context: vscode.ExtensionContext): Exports {
  const begun = performance.now();
  const session = new Session(context);
  registerCommands(session);
  void session.supervisor.start();
  const activationMs = bundleMs + performance.now() - begun;
  session.log.debug(`Activated in ${activationMs.toFixed(1)} ms`);
  return { extendMarkdownIt, activationMs };
}
