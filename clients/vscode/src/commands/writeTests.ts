import type { Session } from '../session.ts';
import { editorForEdits, target } from './context.ts';

/** Write tests for the selection or the node at the cursor. */
export async function writeTests(session: Session): Promise<void> {
  const editor = editorForEdits();
  if (editor) await session.plan('Writing tests', 'dovetail.edit', { ...target(editor), instruction: '', kind: 'tests' });
}
