// When to start the server again after it ended by itself. Pure: the clock is an argument.

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const TRIES = 6;
const STEADY_MS = 120_000; // a server that ran this long is taken as healthy: the count starts again

interface Verdict {
  /** How long to wait before the next start, in ms; absent: give up until the user asks. */
  readonly waitMs?: number;
  /** Whether the user should be told. True once in a row of failures, and again on giving up. */
  readonly say: boolean;
}

/** Counts a row of failures. One instance for the life of the extension. */
export class Backoff {
  private failures = 0;
  private startedAt: number | undefined;

  /** A server answered `initialize` at `now` (ms). */
  started(now: number): void {
    this.startedAt = now;
  }

  /** The server ended, or did not start, at `now` (ms). */
  ended(now: number): Verdict {
    if (this.startedAt !== undefined && now - this.startedAt >= STEADY_MS) this.failures = 0;
    this.startedAt = undefined;
    this.failures += 1;
    if (this.failures >= TRIES) return { say: true };
    return { waitMs: Math.min(FIRST_MS * 2 ** (this.failures - 1), LONGEST_MS), say: this.failures === 1 };
  }

  /** The user asked for a start: forget what was. */
  reset(): void {
    this.failures = 0;
    this.startedAt = undefined;
  }
}
