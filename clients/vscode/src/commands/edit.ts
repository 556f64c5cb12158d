import type { Session } from '../session.ts';
import { editorForEdits, target } from './context.ts';
import { askInstruction } from './instruction.ts';

/** Edit with Dovetail…: an instruction for the selection or for the node at the cursor. */
export async function edit(session: Session): Promise<void> {
  const editor = editorForEdits();
  if (!editor) return;
  const where = target(editor);
  const instruction = await askInstruction(session.context.globalState, editor.selection.isEmpty ? 'What to change here' : 'What to change in the selection');
  if (instruction) await session.plan('Editing', 'dovetail.edit', { ...where, instruction, kind: 'edit' });
}
