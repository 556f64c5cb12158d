// The text that results from some of the hunks of a plan. For showing only: the server applies, from its own plan.

import { changes, type FileChange, type Hunk, type Place } from './plan.ts';

/** Offsets of the starts of lines, split as LSP does: at \n, \r\n and \r only. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return starts;
}

function offset(text: string, starts: readonly number[], place: Place): number {
  const start = starts[place.line];
  return start === undefined ? text.length : Math.min(start + place.character, text.length);
}

/**
 * The file's text with the hunks in `chosen` (by id) put in. `undefined` means that there is no file: nothing chosen of a
 * file to be created, or the deletion itself chosen.
 */
export function compose(file: FileChange, chosen: ReadonlySet<string>): string | undefined {
  const live = file.hunks.filter(changes);
  if (live.every((hunk) => chosen.has(hunk.id))) return file.after ?? undefined;
  const before = file.before ?? undefined;
  const taken = live.filter((hunk): hunk is Hunk & { range: NonNullable<Hunk['range']> } => chosen.has(hunk.id) && hunk.range !== undefined);
  if (before === undefined || taken.length === 0) return before;
  const starts = lineStarts(before);
  const parts: string[] = [];
  let at = 0;
  const ordered = taken
    .map((hunk) => ({ from: offset(before, starts, hunk.range.start), to: offset(before, starts, hunk.range.end), text: hunk.after }))
    .sort((a, b) => a.from - b.from);
  for (const { from, to, text } of ordered) {
    parts.push(before.slice(at, from), text);
    at = to;
  }
  parts.push(before.slice(at));
  return parts.join('');
}
