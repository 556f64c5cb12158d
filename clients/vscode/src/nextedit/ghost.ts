// A next edit as ghost text, where the stable API can show it so. Nothing here depends on VS Code.

import { lines, type NextEdit, type Place } from './drawing.ts';

/** Text that replaces what stands from the cursor to `to` in the cursor's line. */
export interface Ghost {
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * The edit as an inline completion at the cursor; `undefined` where VS Code would not show all of it as one. It shows whole
 * lines that come in below the cursor's where the cursor stands at its line's end, and a change of the cursor's line that
 * leaves what stands before the cursor as it is and takes nothing away behind it.
 */
export function asGhost(edit: NextEdit, cursor: Place, lineText: string): Ghost | undefined {
  const old = lines(edit.before);
  const now = lines(edit.after);
  let line = edit.line;
  while (old.length > 0 && now.length > 0 && old[0] === now[0]) {
    old.shift();
    now.shift();
    line++;
  }
  while (old.length > 1 && now.length > 1 && old.at(-1) === now.at(-1)) {
    old.pop();
    now.pop();
  }
  if (now.length === 0 || old.length > 1) return undefined;
  if (old.length === 0) {
    if (line !== cursor.line + 1 || cursor.character !== lineText.length) return undefined;
    return { line: cursor.line, from: cursor.character, to: cursor.character, text: `\n${now.join('\n')}` };
  }
  const text = now.join('\n');
  const [head, tail] = [lineText.slice(0, cursor.character), lineText.slice(cursor.character)];
  if (line !== cursor.line || old[0] !== lineText || !text.startsWith(head)) return undefined;
  const rest = text.slice(head.length);
  return isSubsequence(tail, rest) ? { line, from: cursor.character, to: lineText.length, text: rest } : undefined;
}

/** Whether the characters of `part` stand in `whole` in their order. */
function isSubsequence(part: string, whole: string): boolean {
  let found = 0;
  for (let i = 0; i < whole.length && found < part.length; i++) if (whole[i] === part[found]) found++;
  return found === part.length;
}
