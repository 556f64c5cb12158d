import * as vscode from 'vscode';
import { forLabel, forNotice } from '../words.ts';
import { changes, type FileChange, firstChange, type Hunk, linesBeforeChange, proofInWords } from './plan.ts';
import type { Review } from './review.ts';

export type Node = { readonly file: FileChange; readonly hunk?: Hunk } | { readonly refused: Hunk } | { readonly refusedAll: true };

/** The list of files and hunks of the plan under review, each with its proof and a box to accept it. */
export class ReviewTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly onDidChangeTreeData: vscode.Event<void>;
  private readonly review: Review;
  private readonly view: vscode.TreeView<Node>;
  private readonly listeners: vscode.Disposable[] = [];

  constructor(review: Review) {
    this.review = review;
    this.onDidChangeTreeData = review.onDidChange;
    this.view = vscode.window.createTreeView('dovetail.review', { treeDataProvider: this, manageCheckboxStateManually: true, showCollapseAll: false });
    this.listeners.push(
      this.view,
      this.view.onDidChangeCheckboxState(({ items }) => {
        for (const [node, state] of items) this.review.choose(idsOf(node), state === vscode.TreeItemCheckboxState.Checked);
      }),
      review.onDidChange(() => {
        const { plan } = review;
        this.view.message = forNotice(plan?.message ?? '');
        this.view.badge = plan && { value: review.chosen.size, tooltip: 'Accepted hunks' };
      }),
    );
  }

  getChildren(node?: Node): Node[] {
    const { plan } = this.review;
    if (!plan) return [];
    if (!node) return [...plan.files.map((file) => ({ file })), ...(plan.refused.length > 0 ? [{ refusedAll: true as const }] : [])];
    if ('refusedAll' in node) return plan.refused.map((refused) => ({ refused }));
    return 'file' in node && !node.hunk ? node.file.hunks.map((hunk) => ({ file: node.file, hunk })) : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if ('refusedAll' in node) return this.refusedItem();
    if ('refused' in node) return this.hunkItem(node.refused, undefined);
    return node.hunk ? this.hunkItem(node.hunk, node.file) : this.fileItem(node.file);
  }

  private fileItem(file: FileChange): vscode.TreeItem {
    const uri = vscode.Uri.parse(file.newUri ?? file.uri);
    const item = new vscode.TreeItem(uri, vscode.TreeItemCollapsibleState.Expanded);
    const words = { edit: '', create: 'new file', delete: 'deleted', rename: `renamed from ${vscode.workspace.asRelativePath(vscode.Uri.parse(file.uri))}` };
    item.description = [words[file.op], folderOf(vscode.workspace.asRelativePath(uri))].filter(Boolean).join(' · ');
    const live = file.hunks.filter(changes);
    if (live.length > 0) item.checkboxState = box(live.every(({ id }) => this.review.chosen.has(id)));
    item.contextValue = 'file';
    item.command = { title: 'Show', command: 'dovetail.reviewShow', arguments: [{ file }] };
    return item;
  }

  private hunkItem(hunk: Hunk, file: FileChange | undefined): vscode.TreeItem {
    // The proof before the text: a side bar of the usual width cuts what stands behind the text.
    const proof = proofInWords(hunk);
    const item = new vscode.TreeItem(hunk.range ? `line ${hunk.range.start.line + 1 + linesBeforeChange(hunk)}: ${proof}` : proof);
    item.description = forLabel(firstChange(hunk) || '(empty)', 60);
    item.tooltip = [proof, hunk.reason].filter(Boolean).join('\n');
    item.iconPath = new vscode.ThemeIcon(hunk.proof === 'refused' ? 'circle-slash' : hunk.proof === 'already applied' ? 'pass-filled' : 'pass');
    if (file) {
      if (changes(hunk)) item.checkboxState = box(this.review.chosen.has(hunk.id));
      item.contextValue = changes(hunk) ? 'hunk' : 'settled';
      item.command = { title: 'Show', command: 'dovetail.reviewShow', arguments: [{ file, hunk }] };
    } else {
      item.contextValue = 'refused';
      item.command = { title: 'Show Why', command: 'dovetail.reviewShow', arguments: [{ refused: hunk }] };
    }
    return item;
  }

  private refusedItem(): vscode.TreeItem {
    const item = new vscode.TreeItem('Refused', vscode.TreeItemCollapsibleState.Expanded);
    item.iconPath = new vscode.ThemeIcon('circle-slash');
    item.contextValue = 'refusedAll';
    item.command = { title: 'Show Why', command: 'dovetail.reviewShow', arguments: [{ refusedAll: true }] };
    return item;
  }

  dispose(): void {
    for (const each of this.listeners) each.dispose();
  }
}

/** The refused hunk that a node of the tree stands for. */
export function refusedIn(node: unknown): Hunk | undefined {
  return typeof node === 'object' && node !== null && 'refused' in node ? (node as { refused: Hunk }).refused : undefined;
}

/** The hunks that a node of the tree stands for. */
export function idsOf(node: Node): string[] {
  if (!('file' in node)) return [];
  return node.hunk ? [node.hunk.id] : node.file.hunks.filter(changes).map(({ id }) => id);
}

/** The folder part of a relative path; '' for a file at the top. */
const folderOf = (relative: string) => relative.split('/').slice(0, -1).join('/');

const box = (on: boolean) => (on ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked);
