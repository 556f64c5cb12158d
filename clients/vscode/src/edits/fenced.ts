// The fenced code block around a line of a Markdown text (CommonMark: three or more backticks or tildes, indented by at
// most three columns; inside a list or a quotation by more, so any indentation is taken here).

const FENCE = /^[\s>]*(`{3,}|~{3,})[ \t]*([^`]*)$/;

interface Block {
  readonly text: string;
  readonly info: string;
  readonly firstLine: number; // of the text inside, from 0
  /** The block with its fences and the line before it, which often names the file. */
  readonly whole: string;
}

/** The block that holds `line` (from 0), its fences included; `undefined` if there is none, or it is never closed. */
export function fencedBlockAt(lines: readonly string[], line: number): Block | undefined {
  let open: { at: number; mark: string; info: string } | undefined;
  for (let i = 0; i < lines.length; i++) {
    const match = FENCE.exec(lines[i] ?? '');
    if (!match) continue;
    const [, mark = '', info = ''] = match;
    if (!open) {
      if (i > line) return undefined;
      open = { at: i, mark, info: info.trim() };
    } else if (mark[0] === open.mark[0] && mark.length >= open.mark.length && !info.trim()) {
      if (line <= i) {
        const join = (from: number, to: number) => lines.slice(from, to).map((each) => `${each}\n`).join('');
        return { text: join(open.at + 1, i), info: open.info, firstLine: open.at + 1, whole: join(Math.max(0, open.at - 1), i + 1) };
      }
      open = undefined;
    }
  }
  return undefined;
}

/** A text as a fenced block, with fences longer than any run of backticks in it. */
export function inFence(info: string, content: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${info}\n${content}${content.endsWith('\n') ? '' : '\n'}${fence}\n`;
}
