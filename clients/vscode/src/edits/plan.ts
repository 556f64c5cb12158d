// What the server says of an edit. The names are those of docs/protocol.md; nothing here depends on VS Code.

export interface Place {
  readonly line: number; // from 0
  readonly character: number; // UTF-16 units, from 0
}

interface Span {
  readonly start: Place;
  readonly end: Place;
}

type Proof =
  | 'exact'
  | 'shifted'
  | 'merged'
  | 'definition'
  | 'rewritten'
  | 'whole file'
  | 'new file'
  | 'deleted'
  | 'renamed'
  | 'already applied'
  | 'refused';

export interface Hunk {
  readonly id: string;
  readonly uri?: string;
  readonly proof: Proof;
  readonly kind?: string;
  readonly reason?: string;
  readonly range?: Span;
  readonly before: string;
  readonly after: string;
}

export interface FileChange {
  readonly uri: string;
  readonly op: 'edit' | 'create' | 'delete' | 'rename';
  readonly newUri?: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly hunks: readonly Hunk[];
}

export interface Plan {
  readonly id: string;
  readonly applied: boolean;
  readonly message: string;
  readonly files: readonly FileChange[];
  readonly refused: readonly Hunk[];
  readonly repaired: readonly string[];
  readonly usage?: { readonly tokens?: number; readonly ms?: number };
  /** The section of the settings in which a person puts right what `message` says. */
  readonly settings?: string;
}

export interface Refusal {
  readonly message: string;
  readonly place?: { readonly uri: string; readonly range: Span };
  readonly modelText: string;
}

/** Whether an answer of the server is a plan. An older server, or another one, may say anything. */
export function isPlan(answer: unknown): answer is Plan {
  const plan = answer as Partial<Plan> | null;
  return typeof plan === 'object' && plan !== null && typeof plan.id === 'string' && Array.isArray(plan.files) && Array.isArray(plan.refused);
}

/** Whether accepting or rejecting the hunk means anything: it changes the text. */
export function changes(hunk: Hunk): boolean {
  return hunk.proof !== 'refused' && hunk.proof !== 'already applied';
}

/** The proof in a few words, for a person. */
export function proofInWords(hunk: Hunk): string {
  switch (hunk.proof) {
    case 'exact':
      return 'fits exactly';
    case 'shifted':
      return 'fits at another line';
    case 'merged':
      return 'merged with your changes';
    case 'definition':
      return 'replaces the definition of that name';
    case 'rewritten':
      return 'rewritten: look at it';
    case 'whole file':
      return 'replaces the whole file';
    case 'new file':
    case 'deleted':
    case 'renamed':
      return hunk.proof;
    case 'already applied':
      return 'already in the file';
    case 'refused':
      return hunk.kind ? `refused: ${hunk.kind}` : 'refused';
  }
}

/** The first line that the hunk adds or changes, or the first that it takes away. */
export function firstChange(hunk: Hunk): string {
  const [before, after] = [linesOf(hunk.before), linesOf(hunk.after)];
  const old = new Set(before);
  return (after.find((line) => line.trim() && !old.has(line)) ?? before.find((line) => line.trim() && !after.includes(line)) ?? '').trim();
}

/** How many lines at the top of a hunk stay as they are: it quotes some around what it changes. */
export function linesBeforeChange(hunk: Hunk): number {
  const [before, after] = [linesOf(hunk.before), linesOf(hunk.after)];
  const same = before.findIndex((line, i) => line !== after[i]);
  return same < 0 ? 0 : same;
}

const linesOf = (text: string) => text.split(/\r\n|\r|\n/);
