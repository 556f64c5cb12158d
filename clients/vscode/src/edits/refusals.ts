// The readable account of what was refused, and where its links are. Nothing here depends on VS Code.

import { count } from '../words.ts';
import type { Hunk, Place, Refusal } from './plan.ts';

interface RefusalText {
  readonly text: string;
  readonly links: readonly { readonly at: number; readonly length: number; readonly uri: string; readonly place: Place }[];
}

/** Lines that are compared of a hunk and of its place; the rest is left out. */
const MOST = 200;

/**
 * `told[i]` is what the server said of `refused[i]`, if it answered; `there[i]` are the lines that stand at its place, if it
 * has one. `relative` gives the path that a person knows.
 */
export function refusalText(
  refused: readonly Hunk[],
  told: readonly (Refusal | undefined)[],
  relative: (uri: string) => string,
  there: readonly (readonly string[] | undefined)[] = [],
): RefusalText {
  const links: RefusalText['links'][number][] = [];
  let text = `Dovetail refused ${count(refused.length, 'hunk')}: nothing proves where ${refused.length === 1 ? 'it belongs' : 'they belong'}. Nothing of ${refused.length === 1 ? 'it' : 'them'} was written.\n`;
  refused.forEach((hunk, i) => {
    const refusal = told[i];
    const uri = refusal?.place?.uri ?? hunk.uri;
    const place = refusal?.place?.range.start ?? hunk.range?.start ?? { line: 0, character: 0 };
    const known = refusal?.place !== undefined || hunk.range !== undefined;
    text += `\n${i + 1}. `;
    if (uri) {
      const words = relative(uri) + (known ? `:${place.line + 1}` : '');
      links.push({ at: text.length, length: words.length, uri, place });
      text += words;
    } else {
      text += 'No file';
    }
    text += hunk.kind ? `: ${hunk.kind}\n` : '\n';
    const why = refusal?.message ?? hunk.reason;
    if (why) text += `   ${why.trim().replace(/\r\n|\r|\n/g, '\n   ')}\n`;
    const rows = against(linesOf(hunk.before), there[i] ?? []);
    if (rows.some(([mark]) => mark === ' ')) {
      text += `   What it expects (<) against what stands there (>):\n${rows.map(([mark, line]) => `   ${mark} | ${line}`.trimEnd()).join('\n')}\n`;
    }
    const model = refusal?.modelText ?? `${hunk.before}${hunk.after}`;
    text += `   What the model wrote:\n${barred(model)}`;
  });
  return { text, links };
}

/** What a model is told to make a refused hunk again. */
export function askAgainText(hunk: Hunk, reason: string): string {
  return `Make this change again; as it was written it does not fit the file: ${reason}\n\nIt was to replace\n\n${hunk.before}\nby\n\n${hunk.after}`;
}

/** A refused hunk as a diff that a person can put right: it names its file, and no lines of it. */
export function asDiff(hunk: Hunk, path: string): string {
  const marks = { ' ': ' ', '<': '-', '>': '+' };
  const rows = against(linesOf(hunk.before), linesOf(hunk.after)).map(([mark, line]) => `${marks[mark]}${line}`);
  return `--- a/${path}\n+++ b/${path}\n@@ ... @@\n${rows.join('\n')}\n`;
}

/** The lines of a hunk against those of a place, in their order: '<' only in the hunk, '>' only there, ' ' in both. */
export function against(hunk: readonly string[], place: readonly string[]): [mark: '<' | '>' | ' ', line: string][] {
  const [a, b] = [hunk.slice(0, MOST), place.slice(0, MOST)];
  // common[i][j]: how many lines a.slice(i) and b.slice(j) have in common, in order
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const rows: [mark: '<' | '>' | ' ', line: string][] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      rows.push([' ', a[i] ?? '']);
      i++;
      j++;
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) rows.push(['<', a[i++] ?? '']);
    else rows.push(['>', b[j++] ?? '']);
  }
  return rows;
}

/** The lines of a text; what follows its last line end is none. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Each line behind a bar, so that it cannot be taken for words of Dovetail. */
function barred(text: string): string {
  return linesOf(text).map((line) => `   | ${line}`.trimEnd()).join('\n') + '\n';
}
