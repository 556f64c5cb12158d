import { diagnosticsFor } from '../diagnostics.ts';
import type { Session } from '../session.ts';
import { editorForEdits } from './context.ts';

/** Fix all in file. */
export async function fixFile(session: Session): Promise<void> {
  const editor = editorForEdits();
  if (!editor) return;
  const { uri } = editor.document;
  await session.plan('Fixing the file', 'dovetail.fix', { uri: uri.toString(), all: true, ...diagnosticsFor(session.supervisor.client, uri) });
}
