import * as vscode from 'vscode';
import type { Session } from '../session.ts';

const MINUTES = 5;

/** No suggestions while typing for some minutes, or again where they are snoozed. */
export async function snooze(session: Session): Promise<void> {
  const minutes = session.status.status?.snoozedUntil ? 0 : MINUTES;
  const answer = await session.requests.ask<{ until: string }>('Snooze', 'dovetail.snooze', { minutes });
  if (!answer) return;
  const said = minutes ? `Dovetail: no suggestions while typing until ${answer.until}.` : 'Dovetail: suggestions while typing are on again.';
  vscode.window.setStatusBarMessage(said, 5_000);
}
