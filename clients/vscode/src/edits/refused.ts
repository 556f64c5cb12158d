import * as vscode from 'vscode';
import { forLabel } from '../words.ts';
import type { Answers } from './answers.ts';
import { inFence } from './fenced.ts';
import type { Hunk, Refusal } from './plan.ts';
import { askAgainText, asDiff, linesOf } from './refusals.ts';
import type { Requests } from './request.ts';

/** Asks the server for a plan and shows it. */
type AskPlan = (title: string, command: string, argument: object) => Promise<void>;

/** What can be done about hunks that were refused: the model tries again, a person puts them right, or looks at the place. */
export class Refused {
  private readonly requests: Requests;
  private readonly answers: Answers;
  private readonly plan: AskPlan;
  /** What was refused last, for the command palette. */
  private last: { readonly plan: string; readonly hunks: readonly Hunk[] } | undefined;

  constructor(requests: Requests, answers: Answers, plan: AskPlan) {
    this.requests = requests;
    this.answers = answers;
    this.plan = plan;
  }

  remember(plan: string, hunks: readonly Hunk[]): void {
    if (hunks.length > 0) this.last = { plan, hunks };
  }

  /** The model is told what it wanted, and why that did not fit. */
  async askAgain(given?: Hunk): Promise<void> {
    const found = await this.chosen(given);
    if (!found) return;
    const { hunk, told } = found;
    const uri = told?.place?.uri ?? hunk.uri;
    const range = told?.place?.range ?? hunk.range;
    if (!uri) return this.noFile();
    const instruction = askAgainText(hunk, told?.message ?? hunk.reason ?? '');
    await this.plan('Asking again, with the reason', 'dovetail.edit', { uri, ...(range ? { range } : {}), instruction, kind: 'edit', files: [] });
  }

  /** The hunk as a diff to be put right; it is read, located and shown like any other. */
  async byHand(given?: Hunk): Promise<void> {
    const found = await this.chosen(given);
    if (!found) return;
    const uri = found.told?.place?.uri ?? found.hunk.uri;
    if (!uri) return this.noFile();
    const content = asDiff(found.hunk, vscode.workspace.asRelativePath(vscode.Uri.parse(uri), false));
    const document = await vscode.workspace.openTextDocument({ language: 'diff', content });
    await vscode.window.showTextDocument(document);
    const apply = 'Apply';
    const picked = await vscode.window.showInformationMessage('Dovetail: put the diff right, then apply it.', apply);
    // In a fence, which says where it ends: a bare diff without lines around its last change may be a reply that was cut.
    if (picked === apply) await this.plan('Reading the diff', 'dovetail.applyDiff', { text: inFence('diff', document.getText()), uri });
  }

  /** What the hunk expects against what stands at the place that it comes nearest to. */
  async compare(given?: Hunk): Promise<void> {
    const found = await this.chosen(given);
    if (!found) return;
    const { hunk, told } = found;
    const there = await linesAt(hunk, told);
    if (!told?.place || !there) {
      void vscode.window.showInformationMessage('Dovetail: no place in the workspace comes near to it.');
      return;
    }
    const name = vscode.workspace.asRelativePath(vscode.Uri.parse(told.place.uri));
    const line = told.place.range.start.line + 1;
    // Both end in a line end: a side without one would show an empty line that differs.
    const left = this.answers.hold(`${name} · what the hunk expects`, `${hunk.before.replace(/\r?\n$/, '')}\n`);
    const right = this.answers.hold(`${name} · line ${line}`, `${there.join('\n')}\n`);
    await vscode.commands.executeCommand('vscode.diff', left, right, forLabel(`${name}:${line} · refused hunk against its place`, 120));
  }

  private async chosen(given: Hunk | undefined): Promise<{ hunk: Hunk; told: Refusal | undefined } | undefined> {
    const { last } = this;
    const hunks = given ? [given] : (last?.hunks ?? []);
    if (!last || hunks.length === 0) {
      void vscode.window.showInformationMessage('Dovetail: nothing was refused.');
      return undefined;
    }
    const items = hunks.map((hunk) => ({ label: forLabel(hunk.before.trim().split('\n')[0] ?? '', 60) || 'a hunk', detail: forLabel(hunk.reason ?? '', 120), hunk }));
    const picked = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { placeHolder: 'Which of the refused hunks?' });
    if (!picked) return undefined;
    return { hunk: picked.hunk, told: await this.requests.quietly<Refusal>('dovetail.explainRefusal', { id: last.plan, hunk: picked.hunk.id }) };
  }

  private noFile(): void {
    void vscode.window.showInformationMessage('Dovetail: the hunk names no file of this workspace.');
  }
}

/** The lines that stand where a refused hunk comes nearest; undefined where there is no such place, or no such file now. */
export async function linesAt(hunk: Hunk, told: Refusal | undefined): Promise<string[] | undefined> {
  if (!told?.place) return undefined;
  const { uri, range } = told.place;
  try {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
    const quoted = linesOf(hunk.before).length;
    const end = Math.min(document.lineCount, Math.max(range.end.line, range.start.line + quoted));
    const lines = Array.from({ length: Math.max(0, end - range.start.line) }, (_, i) => document.lineAt(range.start.line + i).text);
    while (lines.length > quoted && lines.at(-1)?.trim() === '') lines.pop(); // the blank line below belongs to neither
    return lines;
  } catch {
    return undefined;
  }
}
