// The types of what the server says, held against docs/protocol.json. The data of the tests is held by the types.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const ROOT = path.join(import.meta.dirname, '../../../..');
const contract = JSON.parse(readFileSync(path.join(ROOT, 'docs/protocol.json'), 'utf8')) as { definitions: Record<string, Schema> };

/** Where each type is, what the contract calls it, and which names this client has no use for. */
const TYPES = [
  ['edits/plan.ts', 'Plan', 'Plan', []],
  ['edits/plan.ts', 'FileChange', 'FileChange', []],
  ['edits/plan.ts', 'Hunk', 'Hunk', []],
  ['edits/plan.ts', 'Refusal', 'Refusal', []],
  ['nextedit/drawing.ts', 'NextEdit', 'NextEdit', ['proof', 'rule', 'chance']],
  ['nextedit/drawing.ts', 'NextRename', 'NextRename', []],
  ['status/words.ts', 'ServerStatus', 'Status', ['mode', 'snoozedUntil']],
  ['status/decisions.ts', 'Decision', 'Decision', []],
] as const;

/** The names of an interface in a text, a line each, and whether each may be missing. */
function members(source: string, name: string): Map<string, boolean> {
  const body = source.split(`interface ${name} {\n`)[1]?.split('\n}')[0] ?? '';
  return new Map([...body.matchAll(/^ {2}readonly (\w+)(\??):/gm)].map(([, member = '', optional]) => [member, optional === '?']));
}

/** What is wrong with an interface; nothing is the aim. */
function differences(found: Map<string, boolean>, schema: Schema, unused: readonly string[]): string[] {
  const known = Object.keys(schema.properties ?? {});
  const optional = (name: string) => !(schema.required ?? []).includes(name);
  return [
    ...[...found.keys()].filter((name) => !known.includes(name)).map((name) => `${name} is not in the contract`),
    ...known.filter((name) => !found.has(name) && !unused.includes(name)).map((name) => `${name} is missing`),
    ...known.filter((name) => found.get(name) === false && optional(name)).map((name) => `${name} may be missing`),
  ];
}

for (const [file, type, name, unused] of TYPES) {
  test(`${type} is as docs/protocol.json has it`, () => {
    const source = readFileSync(path.join(ROOT, 'clients/vscode/src', file), 'utf8');
    const found = members(source, type);
    assert.ok(found.size > 2, `${type} is not in ${file}`);
    const schema = contract.definitions[name];
    assert.ok(schema, name);
    assert.deepEqual(differences(found, schema, unused), []);
  });
}

test('a field that was renamed, on either side, is seen', () => {
  const schema = { properties: { id: {}, text: {} }, required: ['id'] };
  const told = (id: string, text: string) => differences(members(`interface A {\n  readonly ${id}: string;\n  readonly ${text}: string;\n}\n`, 'A'), schema, []);
  assert.deepEqual(told('id', 'text?'), []);
  assert.deepEqual(told('ids', 'text?'), ['ids is not in the contract', 'id is missing']);
  assert.deepEqual(told('id', 'text'), ['text may be missing']);
});
