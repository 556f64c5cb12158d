import * as vscode from 'vscode';
import type { ServerState } from '../server/supervisor.ts';
import { type ServerStatus, view } from './words.ts';

const BUSY_SHOWN_AFTER_MS = 250; // most answers are quicker: an item that blinks at each key is worse than none

/** The item in the status bar. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('dovetail.status', vscode.StatusBarAlignment.Right, 100);
  private readonly editors = vscode.window.onDidChangeActiveTextEditor(() => this.draw());
  private readonly here: () => string | undefined;
  private state: ServerState = { kind: 'stopped' };
  private timer: NodeJS.Timeout | undefined;
  status: ServerStatus | undefined;

  constructor(here: () => string | undefined) {
    this.here = here;
    this.item.name = 'Dovetail';
    this.item.command = 'dovetail.menu';
    this.draw();
    this.item.show();
  }

  server(state: ServerState): void {
    this.state = state;
    if (state.kind !== 'running') this.status = undefined;
    this.draw();
  }

  told(status: ServerStatus): void {
    clearTimeout(this.timer);
    if (status.state === 'busy') this.timer = setTimeout(() => this.now(status), BUSY_SHOWN_AFTER_MS);
    else this.now(status);
  }

  private now(status: ServerStatus): void {
    this.status = status;
    this.draw();
  }

  private draw(): void {
    const { text, tooltip, warning } = view(this.state, this.status, this.here());
    this.item.text = text;
    this.item.tooltip = tooltip; // a string, so shown as plain text
    this.item.accessibilityInformation = { label: tooltip };
    this.item.backgroundColor = warning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.editors.dispose();
    this.item.dispose();
  }
}
