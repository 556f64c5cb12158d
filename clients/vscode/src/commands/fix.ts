import * as vscode from 'vscode';
import { diagnosticsFor } from '../diagnostics.ts';
import type { Session } from '../session.ts';
import { editorForEdits, target } from './context.ts';

/** Fix: the errors at the cursor or in the selection. */
export async function fix(session: Session): Promise<void> {
  const editor = editorForEdits();
  if (!editor) return;
  const lines = new vscode.Range(editor.selection.start.line, 0, editor.selection.end.line + 1, 0);
  await session.plan('Fixing', 'dovetail.fix', { ...target(editor), ...diagnosticsFor(session.supervisor.client, editor.document.uri, lines) });
}
