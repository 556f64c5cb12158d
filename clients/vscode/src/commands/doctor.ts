import type { Session } from '../session.ts';
import { run } from './terminal.ts';

const LONGEST_MS = 60_000;

/** Doctor: runs `dovetail doctor` of the server that is in use and shows what it says. */
export async function doctor(session: Session): Promise<void> {
  const said = await run(session, 'doctor', ['doctor'], LONGEST_MS);
  const { state } = session.supervisor;
  if (said !== undefined && state.kind === 'running') await session.answers.show('Doctor', `${state.command} (found by: ${state.by})\n\n${said}`);
}
