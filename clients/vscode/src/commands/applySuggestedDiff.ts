import * as vscode from 'vscode';
import type { Session } from '../session.ts';
import { forLabel } from '../words.ts';
import { applyBlock, blockUnderCursor } from './applyBlock.ts';
import { applyClipboard } from './applyClipboard.ts';
import { applyFile } from './applyFile.ts';
import { applySelection } from './applySelection.ts';

/** Apply Suggested Diff: asks where it is, and offers only the places that hold something. */
export async function applySuggestedDiff(session: Session): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const clipboard = await vscode.env.clipboard.readText();
  const selected = editor ? editor.document.getText(editor.selection) : '';
  const places: (vscode.QuickPickItem & { run: (session: Session) => Promise<void> })[] = [];
  const add = (label: string, text: string, run: (session: Session) => Promise<void>) => {
    if (text.trim()) places.push({ label, description: forLabel(text, 60), run });
  };
  add('Selection', selected, applySelection);
  add('Code block under the cursor', blockUnderCursor() ?? '', applyBlock);
  add('Clipboard', clipboard, applyClipboard);
  places.push({ label: 'File…', run: applyFile });
  const picked = await vscode.window.showQuickPick(places, { title: 'Apply Suggested Diff', placeHolder: 'Where is the diff?' });
  await picked?.run(session);
}
