import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extendMarkdownIt } from '../../src/markdown.ts';

type Engine = Parameters<typeof extendMarkdownIt>[0];
const escapeHtml = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
const unescape = (text: string) => text.replace(/&quot;/g, '"').replace(/&gt;/g, '>').replace(/&lt;/g, '<').replace(/&amp;/g, '&');

function render(info: string, content: string): string {
  const md: Engine = { renderer: { rules: { fence: () => '<pre>shown</pre>' } }, utils: { escapeHtml } };
  return extendMarkdownIt(md).renderer.rules.fence?.([{ info, content }], 0, {}, {}, {}) ?? '';
}

test('the block’s text comes back whole as data, however hostile it is', () => {
  const content = '"><script>alert(1)</script>\n```\n\'&amp;\n';
  const html = render('diff', content);
  assert.ok(html.endsWith('><pre>shown</pre></div>'));
  assert.doesNotMatch(html, /<script/);
  const data = /data-vscode-context="([^"]*)"/.exec(html)?.[1] ?? '';
  assert.equal((JSON.parse(unescape(data)) as { dovetailBlock: string }).dovetailBlock, `\`\`\`\`diff\n${content}\`\`\`\`\n`);
});

test('an engine without a rule for fences is left alone', () => {
  const md: Engine = { renderer: { rules: {} }, utils: { escapeHtml } };
  assert.equal(extendMarkdownIt(md).renderer.rules.fence, undefined);
});
