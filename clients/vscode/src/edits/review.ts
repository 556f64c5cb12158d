import * as vscode from 'vscode';
import { count, ours } from '../words.ts';
import type { AnswerLink, Answers } from './answers.ts';
import { changes, type FileChange, type Hunk, isPlan, type Plan, type Refusal } from './plan.ts';
import { closePreview, openPreview, Sides } from './preview.ts';
import { refusalText } from './refusals.ts';
import { linesAt, Refused } from './refused.ts';
import type { Requests } from './request.ts';

const ONE_LINE = 55; // characters of a notification that are on the screen without a button
const REVIEWING = 'dovetail.reviewing'; // context key: a plan waits for a decision

/** The plan that waits for a decision, and which of its hunks are accepted. One plan at a time. */
export class Review implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly sides: Sides;
  private readonly requests: Requests;
  private readonly answers: Answers;
  private readonly log: vscode.LogOutputChannel;
  /** What can be done about the hunks that were refused last. */
  readonly refused: Refused;
  plan: Plan | undefined;
  title = '';
  chosen: ReadonlySet<string> = new Set();

  constructor(requests: Requests, answers: Answers, log: vscode.LogOutputChannel) {
    this.requests = requests;
    this.answers = answers;
    this.log = log;
    this.refused = new Refused(requests, answers, async (title, command, argument) => this.take(await requests.ask(title, command, { ...argument, preview: true })));
    this.sides = new Sides(this);
  }

  /** Takes whatever a plan command answered: opens a plan, or says what became of it. */
  async take(answer: unknown): Promise<void> {
    if (answer === undefined || answer === null) return;
    const { explanation } = answer as { explanation?: unknown };
    if (typeof explanation === 'string') {
      await this.answers.show('Explanation', explanation.endsWith('\n') ? explanation : `${explanation}\n`, [], true);
      return;
    }
    if (!isPlan(answer)) {
      this.log.error(`The server's answer is no plan: ${JSON.stringify(answer).slice(0, 500)}`);
      void vscode.window.showErrorMessage('Dovetail: the server gave an answer that this extension does not know. Their versions may not fit.');
      return;
    }
    if (answer.settings !== undefined) {
      void this.sayWithSettings(answer.message, answer.settings);
      return;
    }
    this.refused.remember(answer.id, answer.refused);
    for (const line of answer.repaired ?? []) this.log.info(`Repaired: ${line}`);
    if (answer.applied || !answer.files.some((file) => file.hunks.some(changes) || file.op !== 'edit')) {
      if (answer.refused.length > 0) {
        void this.sayRefused(answer.message || 'It was refused.');
        await this.showRefusals(answer);
      } else this.say(answer.message || 'There is nothing to change.', false);
      if (answer.refused.length === 0 && !answer.applied) void this.requests.quietly('dovetail.discardPlan', { id: answer.id });
      return;
    }
    await this.open(answer);
  }

  private async open(plan: Plan): Promise<void> {
    if (this.plan) await this.discard();
    this.plan = plan;
    this.chosen = new Set(plan.files.flatMap((file) => file.hunks.filter(changes).map(({ id }) => id)));
    this.title = `Dovetail: ${count(this.chosen.size, 'hunk')}`;
    this.changed.fire();
    await vscode.commands.executeCommand('setContext', REVIEWING, true);
    await openPreview(this.title, plan);
    // The list of hunks beside it, without taking the focus out of the diff.
    await vscode.commands.executeCommand('dovetail.review.focus', { preserveFocus: true });
    if (plan.refused.length > 0) {
      const show = 'Show Why';
      void vscode.window.showWarningMessage(ours(plan.message), show).then((picked) => picked && this.showRefusals(plan));
    }
  }

  /** Accepts (`on`) or rejects hunks; nothing is written yet. */
  choose(ids: Iterable<string>, on: boolean): void {
    const chosen = new Set(this.chosen);
    for (const id of ids) {
      if (on) chosen.add(id);
      else chosen.delete(id);
    }
    this.chosen = chosen;
    this.sides.changedAfter();
    this.changed.fire();
  }

  /** Lets the server write the accepted hunks. The review ends only if it did. */
  async apply(): Promise<void> {
    const { plan, chosen } = this;
    if (!plan) return;
    const live = plan.files.flatMap((file) => file.hunks.filter(changes));
    if (live.length > 0 && chosen.size === 0) return this.discard();
    // A plan with a refusal is applied only hunk by hunk, each named.
    const all = plan.refused.length === 0 && live.every(({ id }) => chosen.has(id));
    const argument = all ? { id: plan.id } : { id: plan.id, hunks: live.map(({ id }) => id).filter((id) => chosen.has(id)) };
    const answer = await this.requests.ask<{ applied: boolean; message: string }>('Applying', 'dovetail.applyPlan', argument);
    if (!answer) return;
    if (answer.applied) {
      await this.end();
      await showCreated(plan.files.filter((file) => file.hunks.length === 0 || file.hunks.some(({ id }) => chosen.has(id))));
    }
    this.say(answer.message, !answer.applied);
  }

  async discard(): Promise<void> {
    const { plan } = this;
    await this.end();
    if (plan) await this.requests.quietly('dovetail.discardPlan', { id: plan.id });
  }

  /** The server is another one now: it does not know the plan. */
  async forget(): Promise<void> {
    if (!this.plan) return;
    await this.end();
    this.say('The plan under review is gone with the server. Ask again.', true);
  }

  async showRefusals(plan: Plan | undefined = this.plan, hunks: readonly Hunk[] = plan?.refused ?? []): Promise<void> {
    if (!plan || hunks.length === 0) return;
    const told = await Promise.all(hunks.map(({ id }) => this.requests.quietly<Refusal>('dovetail.explainRefusal', { id: plan.id, hunk: id })));
    const there = await Promise.all(hunks.map((hunk, i) => linesAt(hunk, told[i])));
    const { text, links } = refusalText(hunks, told, (uri) => vscode.workspace.asRelativePath(vscode.Uri.parse(uri)), there);
    const targets = links.flatMap(({ at, length, uri, place }): AnswerLink[] => {
      const target = vscode.Uri.parse(uri);
      if (target.scheme !== 'file' && target.scheme !== 'untitled') return [];
      return [{ at, length, target: target.with({ fragment: `L${place.line + 1},${place.character + 1}` }) }];
    });
    await this.answers.show('Refused by Dovetail', text, targets);
  }

  /** Shows a file of the plan, with the hunk in view. */
  async reveal(file: FileChange, hunk?: Hunk): Promise<void> {
    if (this.plan) await openPreview(this.title, this.plan, file, hunk);
  }

  private async end(): Promise<void> {
    const { title } = this;
    this.plan = undefined;
    this.chosen = new Set();
    this.changed.fire();
    await vscode.commands.executeCommand('setContext', REVIEWING, false);
    await closePreview(title);
  }

  private async sayWithSettings(message: string, section: string): Promise<void> {
    const open = 'Open Settings';
    const picked = await vscode.window.showWarningMessage(ours(message), open);
    if (picked === open) await vscode.commands.executeCommand('dovetail.openSettings', section);
  }

  /** Says that hunks were refused, with what can be done about them. */
  private async sayRefused(message: string): Promise<void> {
    const [again, hand, place] = ['Ask Again', 'Edit by Hand', 'Compare'];
    const picked = await vscode.window.showWarningMessage(ours(message), again, hand, place);
    if (picked === again) await this.refused.askAgain();
    else if (picked === hand) await this.refused.byHand();
    else if (picked === place) await this.refused.compare();
  }

  private say(message: string, warn: boolean): void {
    if (!message) return;
    const by = warn ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
    // A notification without a button is one line, whatever it says.
    const whole = ours(message).length > ONE_LINE ? ['Show'] : [];
    void by(ours(message), ...whole).then((picked) => {
      if (picked !== undefined) void this.answers.show('Message', `${message}\n`);
    });
  }

  dispose(): void {
    this.sides.dispose();
    this.changed.dispose();
  }
}

/** What was written to new files alone (tests, say) is nowhere on the screen: the first of them is shown. */
async function showCreated(files: readonly FileChange[]): Promise<void> {
  const [first] = files;
  if (first && files.every(({ op }) => op === 'create')) await vscode.window.showTextDocument(vscode.Uri.parse(first.uri), { preview: false });
}
