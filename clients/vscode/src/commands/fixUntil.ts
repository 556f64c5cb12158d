import type { Session } from '../session.ts';
import { editorForEdits } from './context.ts';

/** Fix until the command of the setting `dovetail.edits.untilCommand` passes; the server shows it and asks once. */
export async function fixUntil(session: Session): Promise<void> {
  const editor = editorForEdits();
  if (!editor) return;
  await session.plan('Fixing until it passes', 'dovetail.fix', { uri: editor.document.uri.toString(), until: true });
}
