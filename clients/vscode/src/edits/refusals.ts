// The readable account of what was refused, and where its links are. Nothing here depends on VS Code.

import { count } from '../words.ts';
import type { Hunk, Place, Refusal } from './plan.ts';

export interface RefusalText {
  readonly text: string;
  readonly links: readonly { readonly at: number; readonly length: number; readonly uri: string; readonly place: Place }[];
}

/** `told[i]` is what the server said of `refused[i]`, if it answered. `relative` gives the path that a person knows. */
export function refusalText(refused: readonly Hunk[], told: readonly (Refusal | undefined)[], relative: (uri: string) => string): RefusalText {
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
    const model = refusal?.modelText ?? `${hunk.before}${hunk.after}`;
    text += `   What the model wrote:\n${barred(model)}`;
  });
  return { text, links };
}

/** Each line behind a bar, so that it cannot be taken for words of Dovetail. */
function barred(text: string): string {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => `   | ${line}`.trimEnd()).join('\n') + '\n';
}
