import * as vscode from 'vscode';
import type { Session } from '../session.ts';
import { editorForEdits, target } from './context.ts';

/** Fix: the problems at the cursor or in the selection. */
export async function fix(session: Session): Promise<void> {
  const editor = editorForEdits();
  if (!editor) return;
  const lines = new vscode.Range(editor.selection.start.line, 0, editor.selection.end.line + 1, 0);
  const problems = problemsOf(session, editor.document.uri).filter(({ range }) => range.intersection(lines));
  await session.plan('Fixing', 'dovetail.fix', { ...target(editor), diagnostics: session.supervisor.client?.code2ProtocolConverter.asDiagnostics(problems) ?? [] });
}

/** What other extensions found wrong in a document; the server sees only its own. */
export function problemsOf(_session: Session, uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ severity }) => severity <= vscode.DiagnosticSeverity.Warning);
}
