// The server's decisions as a text to read. Nothing here depends on VS Code.

import { nameOf } from './words.ts';

export interface Decision {
  readonly id: string;
  readonly uri: string;
  readonly line: number;
  readonly column: number;
  readonly trigger: string;
  readonly source: string;
  readonly outcome: string;
  /** What came of it, and why, in one plain sentence. */
  readonly sentence?: string;
  readonly text?: string;
  readonly elapsedMs: number;
  readonly steps: readonly { readonly name: string; readonly detail: string; readonly ms: number }[];
}

/** `line` and `column` of a decision count from 1, as a person does. */
export function decisionsText(decisions: readonly Decision[], relative: (uri: string) => string): string {
  if (decisions.length === 0) return 'Dovetail was not asked for a suggestion here since its server started.\n';
  return decisions
    .map(({ uri, line, column, trigger, source, outcome, sentence, text, elapsedMs, steps }) => {
      const by = [trigger, source && nameOf(source)].filter(Boolean).join(', ');
      const head = `${sentence || outcome}\n    ${relative(uri)}:${line}:${column} (${by}, ${elapsedMs.toFixed(1)} ms)\n`;
      const body = steps.map(({ name, detail, ms }) => `    ${name}: ${detail.replace(/\bby embedded\b/, 'by the built-in model')} (${ms.toFixed(1)} ms)\n`).join('');
      const shown = text ? text.split(/\r\n|\r|\n/).map((each) => `    | ${each}\n`).join('') : '';
      return head + body + shown;
    })
    .join('\n');
}
