// What a next edit looks like, as data. Nothing here depends on VS Code.

export interface NextEdit {
  readonly id: string;
  readonly textDocument: { readonly uri: string; readonly version: number };
  readonly range: { readonly start: Place; readonly end: Place };
  readonly newText: string;
  /** The first line of the edit, from 0. */
  readonly line: number;
  /** The lines that it replaces and those that come in their place, without a line end behind the last; '' for none. */
  readonly before: string;
  readonly after: string;
  readonly places: number;
  readonly why: string;
}

/** A definition was renamed by hand; the rest is for the editor's own rename. */
export interface NextRename {
  readonly textDocument: { readonly uri: string; readonly version: number };
  /** Where the new name begins. */
  readonly position: Place;
  readonly oldName: string;
  readonly newName: string;
  /** Lines that hold the old name. */
  readonly uses: number;
}

/** A place in a document: the line, and UTF-16 units before it in the line; both from 0. */
export interface Place {
  readonly line: number;
  readonly character: number;
}

interface Mark {
  readonly line: number;
  /** Whether the line goes or is replaced. */
  readonly struck: boolean;
  /** Text to show behind the line. */
  readonly text: string;
}

const LONGEST = 120;

/** The lines of `before` or `after` of an edit. */
export const lines = (text: string): string[] => (text === '' ? [] : text.split('\n'));

const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** How many lines the edit replaces. */
export const replaced = (edit: NextEdit): number => lines(edit.before).length;

/** Whether the cursor is at the edit: the key then makes it instead of going there. */
export function isAt(edit: NextEdit, line: number): boolean {
  return line >= edit.line - (replaced(edit) === 0 ? 1 : 0) && line < edit.line + Math.max(replaced(edit), 1);
}

/** A mark for each line that goes, with what comes in its place behind it; a pure insertion stands behind the line above it. */
export function marks(edit: NextEdit): Mark[] {
  const old = lines(edit.before);
  const now = lines(edit.after).map((line) => line.trim());
  if (old.length === 0) return [{ line: Math.max(edit.line - 1, 0), struck: false, text: short(`  + ${now.join(' ⏎ ')}`) }];
  return old.map((_, index) => {
    const last = index === old.length - 1;
    const text = last ? now.slice(index).join(' ⏎ ') : (now[index] ?? '');
    return { line: edit.line + index, struck: true, text: text === '' ? '' : short(`  → ${text}`) };
  });
}

/** What stands behind the cursor's line while the edit is elsewhere. */
export function hint(edit: NextEdit, file: string | undefined): string {
  const where = file === undefined ? `line ${edit.line + 1}` : `${file}:${edit.line + 1}`;
  return `  Tab: next edit, ${where}`;
}

/** What stands behind a definition that was renamed by hand. */
export function renameHint(rename: NextRename): string {
  return `  Tab: rename ${rename.oldName} to ${rename.newName} everywhere (${rename.uses === 1 ? '1 line' : `${rename.uses} lines`})`;
}
