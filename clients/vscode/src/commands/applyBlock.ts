import * as vscode from 'vscode';
import { fencedBlockAt } from '../edits/fenced.ts';
import type { BlockContext } from '../markdown.ts';
import type { Session } from '../session.ts';
import { applyText } from './applyText.ts';

/** Apply Suggested Diff from the fenced block under the cursor, or from the one in a Markdown preview that was clicked. */
export async function applyBlock(session: Session, given?: unknown): Promise<void> {
  const clicked = (given as Partial<BlockContext> | undefined)?.dovetailBlock;
  if (typeof clicked === 'string') return applyText(session, clicked);
  const block = blockUnderCursor();
  if (block === undefined) void vscode.window.showInformationMessage('Dovetail: the cursor is in no fenced code block.');
  else await applyText(session, block);
}

/** The fenced block under the cursor, with the line before it, which may name the file. */
export function blockUnderCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return undefined;
  return fencedBlockAt(editor.document.getText().split(/\r\n|\r|\n/), editor.selection.active.line)?.whole;
}
