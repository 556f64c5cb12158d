import type { Session } from '../session.ts';

/** What suggestions, edits and next edits came to: counts only. The page with pictures is `dovetail stats --open`. */
export async function stats(session: Session): Promise<void> {
  const answer = await session.requests.ask<{ lines: string[] }>('Statistics', 'dovetail.stats', {});
  if (answer) await session.answers.show('Statistics', [...answer.lines, '', 'With pictures: run `dovetail stats --open` in a terminal.', ''].join('\n'), [], true);
}
