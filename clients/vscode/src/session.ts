import * as vscode from 'vscode';
import { diagnosticsFor } from './diagnostics.ts';
import { LargeDocuments, whyNotHere } from './documents.ts';
import { Answers } from './edits/answers.ts';
import type { FileFor } from './edits/files.ts';
import { Requests } from './edits/request.ts';
import { Review } from './edits/review.ts';
import { ReviewTree } from './edits/tree.ts';
import { Asking } from './inline/asking.ts';
import { Offers } from './inline/offers.ts';
import { middleware } from './middleware.ts';
import { Keys } from './keys.ts';
import { NextEdits } from './nextedit/nextEdits.ts';
import { Supervisor } from './server/supervisor.ts';
import { initializationOptions, settingNames, settingsFor } from './settings.ts';
import { StatusBar } from './status/bar.ts';
import type { ServerStatus } from './status/words.ts';

/** The only owner of what changes while the extension runs. Made by `activate`, ended by VS Code. */
export class Session {
  readonly log: vscode.LogOutputChannel;
  readonly answers = new Answers();
  readonly offers = new Offers();
  readonly asking = new Asking();
  readonly large = new LargeDocuments();
  readonly keys: Keys;
  readonly review: Review;
  readonly requests: Requests;
  readonly nextEdits: NextEdits;
  readonly supervisor: Supervisor;
  readonly status: StatusBar;
  readonly context: vscode.ExtensionContext;
  private readonly names: readonly string[];
  /** The settings that the server was last told, as JSON. */
  private told = '';

  constructor(context: vscode.ExtensionContext) {
    this.context = context;
    this.names = settingNames(context);
    this.log = vscode.window.createOutputChannel('Dovetail', { log: true });
    this.keys = new Keys(context.secrets);
    this.supervisor = new Supervisor(context, this.log, (command, onGone) => this.makeClient(command, onGone));
    this.requests = new Requests(this.supervisor, this.log);
    this.review = new Review(this.requests, this.answers, this.log);
    this.nextEdits = new NextEdits(this.supervisor, this.requests, this.offers, this.log);
    this.status = new StatusBar(() => whyNotHere(vscode.window.activeTextEditor?.document, this.large));
    context.subscriptions.push(
      this.log,
      this.answers,
      this.review,
      this.nextEdits,
      new ReviewTree(this.review),
      this.status,
      this.supervisor,
      this.supervisor.onDidChange((state) => {
        if (state.kind !== 'running') this.offers.clear();
        if (state.kind === 'stopped' || state.kind === 'waiting') void this.review.forget();
        // What was changed while it started it was not told.
        if (state.kind === 'running' && this.told !== JSON.stringify(settingsFor(this.names))) this.tellSettings();
        this.status.server(state);
      }),
      vscode.workspace.onDidChangeConfiguration((event) => this.configurationChanged(event)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.supervisor.restart()),
      context.secrets.onDidChange((event) => Keys.concerns(event) && void this.supervisor.restart()),
    );
  }

  private async makeClient(command: string, onGone: () => void) {
    this.large.clear();
    // The library is most of the extension's code: it is loaded with the first server, not when the window opens.
    const { makeClient } = await import('./server/client.ts');
    const client = makeClient(
      command,
      {
        log: this.log,
        initializationOptions: () => {
          this.told = JSON.stringify(settingsFor(this.names));
          return initializationOptions(this.names);
        },
        environment: await this.keys.environment(),
        arguments: vscode.workspace.getConfiguration('dovetail.server').get<string[]>('arguments', ['serve']),
        middleware: middleware({ large: this.large, offers: this.offers, asking: this.asking, nextEdits: this.nextEdits, settings: () => settingsFor(this.names), planCommand: (name, args) => this.planCommand(name, args) }),
      },
      onGone,
    );
    client.onNotification('dovetail/status', (status: ServerStatus) => this.status.told(status));
    client.onNotification('dovetail/moreToCome', ({ uri }: { uri: string }) => this.asking.more(uri));
    client.onRequest('dovetail/diagnostics', ({ uri }: { uri: string }) => diagnosticsFor(client, vscode.Uri.parse(uri)).diagnostics ?? null);
    return client;
  }

  /** Commands of the server that change text are always asked for a plan first, and the plan is shown. */
  private planCommand(command: string, args: unknown[]): Promise<unknown> | undefined {
    const titles: Record<string, string> = { 'dovetail.applyDiff': 'Reading the diff', 'dovetail.edit': 'Editing', 'dovetail.fix': 'Fixing' };
    const title = titles[command];
    if (title === undefined || !vscode.workspace.isTrusted) return title === undefined ? undefined : Promise.resolve(null);
    return this.plan(title, command, (args[0] ?? {}) as object);
  }

  /** Asks the server for a plan, with progress, and opens what comes; where a chat request is sent with other files, these are shown first. */
  async plan(title: string, command: string, argument: object): Promise<void> {
    const seen = command === 'dovetail.edit' && !('files' in argument) ? await this.withFiles(argument) : argument;
    if (seen) await this.review.take(await this.requests.ask(title, command, { ...seen, preview: true }));
  }

  /** A chat request with the other files that it goes with, as the person has chosen; itself where there are none, `undefined` to send nothing. */
  private async withFiles(argument: object): Promise<object | undefined> {
    const { client } = this.supervisor;
    if (!client?.initializeResult?.capabilities.executeCommandProvider?.commands.includes('dovetail.filesFor')) return argument;
    const { files: found = [] } = (await this.requests.quietly<{ files?: FileFor[] }>('dovetail.filesFor', argument)) ?? {};
    if (found.length < 2) return argument;
    const { chooseFiles } = await import('./edits/files.ts');
    const files = await chooseFiles(found);
    return files && { ...argument, files };
  }

  private configurationChanged(event: vscode.ConfigurationChangeEvent): void {
    if (!event.affectsConfiguration('dovetail')) return;
    if (event.affectsConfiguration('dovetail.server')) void this.supervisor.restart();
    else this.tellSettings();
  }

  private tellSettings(): void {
    const { client } = this.supervisor;
    if (!client) return;
    const settings = settingsFor(this.names);
    this.told = JSON.stringify(settings);
    void client.sendNotification('workspace/didChangeConfiguration', { settings: { dovetail: settings } });
  }
}
