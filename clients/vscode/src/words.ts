// Text that this extension did not write (a model's, an endpoint's, the server's) goes to VS Code only through these functions.
//
// Three places of VS Code read more into a plain string than its characters: a notification and the message above a
// tree turn `[a](command:b)` into a link that runs a command, and the status bar and quick picks turn `$(name)` into an icon. (Hovers and tree tooltips are
// given as plain strings, never as MarkdownString, and need nothing.)

const LONGEST_NOTICE = 400; // characters; a notification that is longer hides the editor

/** `text` as a notification shows it: no links, no line breaks, at most 400 characters. */
export function forNotice(text: string): string {
  const line = text.replace(/\s+/g, ' ').replace(/\](?=\()/g, '] ').trim();
  return line.length > LONGEST_NOTICE ? `${line.slice(0, LONGEST_NOTICE - 1)}…` : line;
}

/** The same for a sentence of the server's, with whose it is: toasts of all extensions look alike. */
export function ours(text: string): string {
  return forNotice(text.startsWith('Dovetail') ? text : `Dovetail: ${text}`);
}

/** `text` as a label of the status bar or a quick pick: no icons, one line, at most `longest` characters. */
export function forLabel(text: string, longest = 120): string {
  const line = text.replace(/\s+/g, ' ').replace(/\$(?=\()/g, '$ ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** "1 hunk", "3 hunks". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** What to show of an error of any kind: its message, without a stack. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is said below the output of `dovetail ARGS`, which was ended after `longestMs` because it had not finished. */
export function endedEarly(args: readonly string[], longestMs: number): string {
  const time = longestMs < 60_000 ? count(Math.round(longestMs / 1000), 'second') : count(Math.round(longestMs / 60_000), 'minute');
  return `This was ended after ${time}, before it had finished: what it says may be incomplete. Run "dovetail ${args.join(' ')}" in a terminal, where it may take as long as it needs.`;
}
