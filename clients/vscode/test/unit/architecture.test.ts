// Modules of the extension import in one direction: a circle would make two files one that nobody can read apart.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

/** For each TypeScript file below `root`, the files that it imports, for types too, and also late. */
function arrows(root: string): Map<string, string[]> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(
    files.map((name) => {
      const text = readFileSync(path.join(root, name), 'utf8');
      const targets = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) => path.join(path.dirname(name), match[1] ?? ''));
      return [name, targets];
    }),
  );
}

/** Files that can be reached from themselves, as one walk; empty where there is no circle. */
function circle(graph: Map<string, string[]>): string[] {
  const done = new Set<string>();
  const walk: string[] = [];
  const visit = (name: string): string[] => {
    if (walk.includes(name)) return [...walk.slice(walk.indexOf(name)), name];
    if (done.has(name)) return [];
    walk.push(name);
    for (const next of graph.get(name) ?? []) {
      const found = visit(next);
      if (found.length > 0) return found;
    }
    walk.pop();
    done.add(name);
    return [];
  };
  for (const name of graph.keys()) {
    const found = visit(name);
    if (found.length > 0) return found;
  }
  return [];
}

test('no module of the extension can be reached from itself', () => {
  const graph = arrows(path.resolve(import.meta.dirname, '../../src'));
  assert.ok(graph.size > 50, 'the sources were not found');
  assert.deepEqual(circle(graph), []);
});

test('a planted circle is found, also one of types alone', (t) => {
  const root = mkdtempSync(path.join(tmpdir(), 'circle-'));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(path.join(root, 'a.ts'), "import type { B } from './b.ts';\n");
  writeFileSync(path.join(root, 'b.ts'), "export const later = () => import('./a.ts');\n");
  assert.deepEqual(circle(arrows(root)), ['a.ts', 'b.ts', 'a.ts']);
});
