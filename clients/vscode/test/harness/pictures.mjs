// Whether the pictures of VS Code on the extension's page and in docs still show what VS Code shows: what stands in each is kept
// beside its frame in pictures.json, and held against the screen when a test makes it again.
import fs from 'node:fs';
import path from 'node:path';
import { until } from './workbench.mjs';

const FILE = path.join(import.meta.dirname, 'pictures.json');

/** By name: the file; the frame in the screen, in pixels [x, y, width, height]; and the texts in it. */
const PICTURES = JSON.parse(fs.readFileSync(FILE, 'utf8'));

/** The texts that stand whole within a frame, one a block of the page, from top to bottom. What a clock gave is left out. */
async function texts(page, frame) {
  const found = await page.evaluate(([x, y, width, height]) => {
    const blocks = new Map();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      let block = node.parentElement;
      if (!node.data.trim() || !block.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const at = range.getBoundingClientRect();
      if (at.left < x || at.top < y || at.right > x + width || at.bottom > y + height || at.width === 0) continue;
      // Words of another colour are elements of their own: a line is what its nearest block holds.
      while (getComputedStyle(block).display.startsWith('inline')) block = block.parentElement;
      const known = blocks.get(block) ?? { top: at.top, left: at.left, words: [] };
      known.words.push(node.data);
      blocks.set(block, known);
    }
    return [...blocks.values()].sort((a, b) => a.top - b.top || a.left - b.left).map(({ words }) => words.join(''));
  }, frame);
  const plain = found.map((text) => text.replaceAll('\u00a0', ' ').replace(/[\d.,]+ m?s\b/g, '').replace(/\s+/g, ' ').trim());
  return [...new Set(plain)].filter((text) => /[a-z]/i.test(text));
}

/**
 * Throws if a picture of this name is kept and shows a text that the screen does not. With PICTURES=write in the environment the texts
 * are taken down instead; then the picture is to be made anew by scripts/vscode-pictures.
 */
export async function fresh(page, name) {
  const picture = PICTURES[name];
  if (!picture) return;
  const { frame, file } = picture;
  if (process.env.PICTURES === 'write') {
    const all = JSON.parse(fs.readFileSync(FILE, 'utf8'));
    all[name].texts = await texts(page, frame);
    fs.writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`);
    return;
  }
  let missing = [];
  try {
    await until('the texts of the picture', async () => {
      const now = new Set(await texts(page, frame));
      missing = picture.texts.filter((text) => !now.has(text));
      return missing.length === 0;
    }, 10_000);
  } catch {
    throw new Error(`${file} is older than what VS Code shows now; in it, and not on the screen: ${JSON.stringify(missing)}. CONTRIBUTING says how it is made anew.`);
  }
}
