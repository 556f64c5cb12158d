import * as vscode from 'vscode';
import type { Session } from '../session.ts';
import { ours } from '../words.ts';

/** Undo last edit: what Dovetail wrote last, in all its files. */
export async function undoLastEdit(session: Session): Promise<void> {
  const answer = await session.requests.ask<{ applied: boolean; message: string }>('Undoing', 'dovetail.undoEdit', {});
  if (!answer?.message) return;
  void (answer.applied ? vscode.window.showInformationMessage(ours(answer.message)) : vscode.window.showWarningMessage(ours(answer.message)));
}
