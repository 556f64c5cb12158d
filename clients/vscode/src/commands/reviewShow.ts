import type { Node } from '../edits/tree.ts';
import type { Session } from '../session.ts';

/** Shows what a node of the review stands for: a file, a hunk in its file, or why something was refused. */
export async function reviewShow({ review }: Session, argument?: unknown): Promise<void> {
  const node = argument as Node | undefined;
  if (!node || 'refusedAll' in node) await review.showRefusals();
  else if ('refused' in node) await review.showRefusals(review.plan, [node.refused]);
  else await review.reveal(node.file, node.hunk);
}
