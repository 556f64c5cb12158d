import type { Session } from '../session.ts';
import { editorForEdits, target } from './context.ts';

/** Document: comments or docstrings for the selection or the node at the cursor. */
export async function document(session: Session): Promise<void> {
  const editor = editorForEdits();
  if (editor) await session.plan('Documenting', 'dovetail.edit', { ...target(editor), instruction: '', kind: 'document' });
}
