// Modules of the extension import in one direction: a circle would make two files one that nobody can read apart. And what one of them
// exports another one imports: else nobody knows who would miss it.
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

/** What the modules below `root` export and none of the others imports by its name, as "file: name". */
function unused(root: string, folders: readonly string[]): string[] {
  const files = folders.flatMap((folder) => readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name))).filter((name) => /\.(ts|mjs)$/.test(name));
  const exported = new Set<string>();
  const imported = new Set<string>();
  for (const name of files) {
    const text = readFileSync(path.join(root, name), 'utf8');
    for (const [, what] of text.matchAll(/^export (?:async |abstract )*(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm)) exported.add(`${name}: ${what}`);
    for (const [, names = '', from = ''] of text.matchAll(/\{([^{}]*)\}\s*(?:from|= await import\()\s*'(\.[^']+)'/g)) {
      for (const each of names.split(',')) imported.add(`${path.join(path.dirname(name), from)}: ${each.trim().replace(/^type /, '').replace(/[ :][^]*$/, '')}`);
    }
  }
  return [...exported].filter((each) => !imported.has(each)).sort();
}

test('what a module exports is imported somewhere', () => {
  // VS Code calls these two.
  assert.deepEqual(unused(path.resolve(import.meta.dirname, '../..'), ['src', 'test', 'scripts']), ['src/extension.ts: activate', 'test/host/index.ts: run']);
});

test('a planted export that nobody imports is found, and none that is imported', (t) => {
  const root = mkdtempSync(path.join(tmpdir(), 'unused-'));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(path.join(root, 'a.ts'), "export interface A {}\nexport type B = A;\nexport async function late() {}\nexport const planted = 'planted';\n");
  writeFileSync(path.join(root, 'b.ts'), "import {\n  type A,\n  B as C,\n} from './a.ts';\nconst { late: later } = await import('./a.ts'); // planted\n");
  assert.deepEqual(unused(root, ['.']), ['a.ts: planted']);
});
