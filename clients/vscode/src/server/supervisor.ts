import path from 'node:path';
import * as vscode from 'vscode';
import { forNotice, reason } from '../words.ts';
import { Backoff } from './backoff.ts';
import { MANAGED_FOLDER, offerServer, offerUpdate, removeManaged } from './offer.ts';
import { placesHere } from './programs.ts';
import type { QuietClient } from './quiet.ts';
import { resolve } from './resolve.ts';

export type ServerState =
  | { readonly kind: 'starting' | 'stopped' | 'missing' }
  | { readonly kind: 'running'; readonly command: string; readonly by: string }
  | { readonly kind: 'waiting'; readonly ms: number }
  | { readonly kind: 'failed'; readonly message: string };

/** Makes a client for a program; the client's end is told by its own state, which the supervisor watches. */
type MakeClient = (command: string, onGone: () => void) => Promise<QuietClient>;

/**
 * Keeps one server running: finds it, starts it, starts it again with growing pauses when it ends by itself, and says so
 * once in a row of failures. The only owner of the client; every start and stop goes through one queue.
 */
export class Supervisor implements vscode.Disposable {
  private readonly backoff = new Backoff();
  private readonly changed = new vscode.EventEmitter<ServerState>();
  readonly onDidChange = this.changed.event;
  private current: QuietClient | undefined;
  private timer: NodeJS.Timeout | undefined;
  private queue: Promise<void> = Promise.resolve();
  private disposed = false;
  private offered = false;
  state: ServerState = { kind: 'stopped' };

  private readonly context: vscode.ExtensionContext;
  private readonly log: vscode.LogOutputChannel;
  private readonly make: MakeClient;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, make: MakeClient) {
    this.context = context;
    this.log = log;
    this.make = make;
  }

  /** The client, if a server is up. */
  get client(): QuietClient | undefined {
    return this.state.kind === 'running' ? this.current : undefined;
  }

  /** The client, once what starts or stops now has done so; undefined if there is none then, or on `token`. */
  async settled(token: vscode.CancellationToken): Promise<QuietClient | undefined> {
    let heard: vscode.Disposable | undefined;
    const cancelled = new Promise<void>((resolve) => (heard = token.onCancellationRequested(() => resolve())));
    await Promise.race([this.queue, cancelled]);
    heard?.dispose();
    return this.client;
  }

  start(): Promise<void> {
    return this.enqueue(() => this.startNow());
  }

  /** Stops what runs and starts anew; what failed before is forgotten. */
  restart(): Promise<void> {
    this.backoff.reset();
    return this.enqueue(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  /** Offers to install a server, and starts it. */
  async install(): Promise<void> {
    if (await offerServer(this.context, this.log, true)) await this.restart();
  }

  /** Removes the server that this extension installed, if the user agrees; another one is used where there is one. */
  async remove(): Promise<void> {
    const stop = () => this.enqueue(() => this.stopNow());
    if (await removeManaged(this.context, this.log, stop)) this.offered = true;
    if (this.state.kind === 'stopped') await this.restart();
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    await this.enqueue(() => this.stopNow());
    this.changed.dispose();
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(work).catch((error: unknown) => this.log.error(reason(error)));
    return this.queue;
  }

  private set(state: ServerState): void {
    this.state = state;
    this.changed.fire(state);
  }

  private async startNow(): Promise<void> {
    clearTimeout(this.timer);
    if (this.disposed || this.current) return;
    const found = await resolve(placesHere(path.join(this.context.globalStorageUri.fsPath, MANAGED_FOLDER)));
    if (found.kind === 'wrong setting') {
      const message = `dovetail.server.path names ${found.command}, which is no program that can be run.`;
      this.log.error(message);
      this.set({ kind: 'failed', message });
      this.tell(message, 'Open Settings');
      return;
    }
    if (found.kind === 'missing') {
      this.log.warn('No dovetail program was found: not in the settings, the workspace, PATH, nor in the environment of the extension.');
      this.set({ kind: 'missing' });
      if (!this.offered) {
        this.offered = true;
        void offerServer(this.context, this.log, false).then((there) => (there ? this.restart() : undefined));
      }
      return;
    }
    this.log.info(`Starting ${found.command} (found by: ${found.by})`);
    if (found.by === 'managed' && !this.offered) {
      this.offered = true;
      void offerUpdate(this.context, this.log, () => this.enqueue(() => this.stopNow())).then((changed) => (changed ? this.restart() : undefined));
    }
    this.set({ kind: 'starting' });
    let mine: QuietClient | undefined;
    let over = false;
    const gone = () => {
      if (over || (mine !== undefined && this.current !== mine)) return;
      over = true;
      void this.enqueue(() => this.ended(mine, 'ended by itself'));
    };
    try {
      mine = this.current = await this.make(found.command, gone);
      await mine.start();
      this.backoff.started(Date.now());
      this.set({ kind: 'running', command: found.command, by: found.by });
    } catch (error) {
      over = true;
      await this.ended(mine, `did not start: ${reason(error)}`);
    }
  }

  private async ended(client: QuietClient | undefined, how: string): Promise<void> {
    if (this.current !== client) return;
    this.current = undefined;
    await client?.dispose().catch(() => {});
    if (this.disposed) return;
    const { waitMs, say } = this.backoff.ended(Date.now());
    this.log.warn(`The server ${how}. ${waitMs === undefined ? 'It is not started again by itself.' : `Next start in ${waitMs} ms.`}`);
    if (waitMs === undefined) {
      const message = `Dovetail's server fails again and again, so it is left alone. It ${how}`;
      this.set({ kind: 'failed', message });
      if (say) this.tell(message, 'Restart');
      return;
    }
    this.set({ kind: 'waiting', ms: waitMs });
    if (say) this.tell(`Dovetail's server ${how}. It is being started again.`);
    this.timer = setTimeout(() => void this.start(), waitMs);
  }

  private async stopNow(): Promise<void> {
    clearTimeout(this.timer);
    const client = this.current;
    this.current = undefined;
    if (client) {
      await client.stop(3000).catch((error: unknown) => this.log.warn(`Stopping the server: ${reason(error)}`));
      await client.dispose().catch(() => {});
    }
    if (!this.disposed) this.set({ kind: 'stopped' });
  }

  private tell(message: string, action?: 'Restart' | 'Open Settings'): void {
    void vscode.window.showWarningMessage(forNotice(message), ...(action ? [action] : []), 'Show Log').then((answer) => {
      if (answer === 'Show Log') this.log.show();
      else if (answer === 'Restart') void this.restart();
      else if (answer === 'Open Settings') void vscode.commands.executeCommand('dovetail.openSettings', 'server.path');
    });
  }
}
