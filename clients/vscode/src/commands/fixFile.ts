import type { Session } from '../session.ts';
import { editorForEdits } from './context.ts';
import { problemsOf } from './fix.ts';

/** Fix all in file. */
export async function fixFile(session: Session): Promise<void> {
  const editor = editorForEdits();
  if (!editor) return;
  const { uri } = editor.document;
  const diagnostics = session.supervisor.client?.code2ProtocolConverter.asDiagnostics(problemsOf(session, uri)) ?? [];
  await session.plan('Fixing the file', 'dovetail.fix', { uri: uri.toString(), all: true, diagnostics });
}
