import * as vscode from 'vscode';
import { compose } from './compose.ts';
import type { FileChange, Hunk, Plan } from './plan.ts';

const SCHEME = 'dovetail-plan';

/** What the preview shows: the plan under review and the hunks (by id) that are accepted. */
interface Reviewed {
  readonly plan: Plan | undefined;
  readonly chosen: ReadonlySet<string>;
}

interface SideOf {
  readonly plan: string;
  readonly file: number;
  readonly side: 'before' | 'after';
}

/** A side of a file in a plan. Both have the file's own path, so that VS Code shows its name and finds its language. */
function sideUri(plan: Plan, file: FileChange, side: SideOf['side']): vscode.Uri {
  const query: SideOf = { plan: plan.id, file: plan.files.indexOf(file), side };
  return vscode.Uri.from({ scheme: SCHEME, path: vscode.Uri.parse(file.newUri ?? file.uri).path, query: JSON.stringify(query) });
}

/** The texts on both sides of the diff editors: read-only, and the right one follows what is accepted. */
export class Sides implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly review: Reviewed;
  private readonly registered = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  constructor(review: Reviewed) {
    this.review = review;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const { plan, chosen } = this.review;
    const of = JSON.parse(uri.query) as SideOf;
    const file = plan?.id === of.plan ? plan.files[of.file] : undefined;
    if (!file) return '';
    return (of.side === 'before' ? file.before : compose(file, chosen)) ?? '';
  }

  changedAfter(): void {
    const { plan } = this.review;
    for (const file of plan?.files ?? []) this.changed.fire(sideUri(plan as Plan, file, 'after'));
  }

  dispose(): void {
    this.registered.dispose();
    this.changed.dispose();
  }
}

/** Opens the plan: one file in the diff editor, more in the multi-diff editor. With `only`, that file, at the hunk. */
export async function openPreview(title: string, plan: Plan, only?: FileChange, hunk?: Hunk): Promise<void> {
  const [first] = plan.files;
  const file = only ?? (plan.files.length === 1 ? first : undefined);
  if (file) {
    const line = hunk?.range?.start.line ?? file.hunks[0]?.range?.start.line ?? 0;
    const selection = new vscode.Range(line, 0, line, 0);
    const name = vscode.workspace.asRelativePath(vscode.Uri.parse(file.newUri ?? file.uri));
    const label = plan.files.length === 1 ? `${title} (${name})` : `${title}: ${name}`;
    await vscode.commands.executeCommand('vscode.diff', sideUri(plan, file, 'before'), sideUri(plan, file, 'after'), label, { preview: true, selection });
    return;
  }
  const resources = plan.files.map((each) => [
    vscode.Uri.parse(each.newUri ?? each.uri),
    each.op === 'create' ? undefined : sideUri(plan, each, 'before'),
    each.op === 'delete' ? undefined : sideUri(plan, each, 'after'),
  ]);
  await vscode.commands.executeCommand('vscode.changes', title, resources);
}

/** Closes the editors of a plan. The stable API does not tell what a multi-diff tab holds: it is known by how its title starts. */
export async function closePreview(title: string): Promise<void> {
  const ours = vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(({ input, label }) => (input instanceof vscode.TabInputTextDiff ? input.modified.scheme === SCHEME : !(input instanceof vscode.TabInputText) && label.startsWith(title)));
  if (ours.length > 0) await vscode.window.tabGroups.close(ours);
}
