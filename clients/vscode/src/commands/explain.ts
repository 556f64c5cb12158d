import type { Session } from '../session.ts';
import { editorForEdits, target } from './context.ts';

/** Explain the selection or the node at the cursor; nothing is changed. */
export async function explain(session: Session): Promise<void> {
  const editor = editorForEdits();
  if (editor) await session.plan('Explaining', 'dovetail.edit', { ...target(editor), instruction: '', kind: 'explain' });
}
