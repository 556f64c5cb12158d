// Code blocks of Markdown previews learn what they are, so that their context menu can hold "Apply Suggested Diff".

import { inFence } from './edits/fenced.ts';

interface Token {
  readonly info: string;
  readonly content: string;
}

type FenceRule = (tokens: Token[], index: number, options: unknown, env: unknown, self: unknown) => string;

interface MarkdownIt {
  readonly renderer: { readonly rules: { fence?: FenceRule } };
  readonly utils: { escapeHtml(text: string): string };
}

/** What the context menu's command gets of the block. */
export interface BlockContext {
  readonly dovetailBlock: string;
}

/**
 * A plugin of markdown-it: each fenced block is wrapped in an element that carries its text as data. The data is escaped and
 * read only as the argument of our command, which treats it as a diff from anywhere.
 */
export function extendMarkdownIt(md: MarkdownIt): MarkdownIt {
  const plain = md.renderer.rules.fence;
  if (!plain) return md;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const html = plain(tokens, index, options, env, self);
    const token = tokens[index];
    if (!token) return html;
    const context: BlockContext & { webviewSection: string } = { webviewSection: 'dovetailBlock', dovetailBlock: inFence(token.info, token.content) };
    return `<div data-vscode-context="${md.utils.escapeHtml(JSON.stringify(context))}">${html}</div>`;
  };
  return md;
}
