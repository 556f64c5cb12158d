import * as vscode from 'vscode';
import type { Session } from '../session.ts';
import { run } from './terminal.ts';

const LONGEST_MS = 300_000; // a model may have to be loaded first, at each server that is found
const LOOK = 'Look and Write';
const ADVISE = 'Only Advise';

/** Set up a model: `dovetail init` looks for model servers on this machine if the user says so, tries what it finds, and
 * writes the first that fits into the user's own dovetail.toml. */
export async function setUp(session: Session): Promise<void> {
  const detail = 'The usual ports of 127.0.0.1 are asked, nothing else. What fits is written into your own dovetail.toml; "Only Advise" looks for nothing and names models by size.';
  const picked = await vscode.window.showInformationMessage('Look for model servers on this machine?', { modal: true, detail }, LOOK, ADVISE);
  if (picked === undefined) return;
  const said = await run(session, 'looking for model servers', picked === LOOK ? ['init', '--find'] : ['init'], LONGEST_MS);
  if (said === undefined) return;
  await session.answers.show('Set Up a Model', said);
  if (said.includes('Written to ')) await session.supervisor.restart();
}
