// Writes the settings into package.json: the server's, from its own schema, and the extension's, from settings.own.json.
//
//   node scripts/settings.mjs [--check] (--python PYTHON | --schema FILE)
//
// --python: a Python in which Dovetail is installed; it is asked for the schema. --check: writes nothing, and ends with 1 if
// package.json is not what would be written.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const file = path.join(root, 'package.json');

// The server knows two scopes. What only the user may set has VS Code's scope `machine`: it is read neither from a
// workspace nor from a settings profile of another machine.
const SCOPES = { user: 'machine', workspace: 'window' };

function properties(schema, own) {
  const found = {};
  const walk = (node, prefix) => {
    for (const [name, entry] of Object.entries(node.properties)) {
      if (entry.type === 'object' && entry.properties) walk(entry, `${prefix}${name}.`);
      else found[`${prefix}${name}`] = setting(entry);
    }
  };
  walk(schema, 'dovetail.');
  for (const [name, entry] of Object.entries(own)) found[`dovetail.${name}`] = entry;
  return found;
}

function setting({ scope, ...entry }) {
  if (!SCOPES[scope]) throw new Error(`unknown scope ${scope}`);
  return { ...withoutScopes(entry), scope: SCOPES[scope] };
}

/** Inside a setting (the fields of an endpoint) a scope means nothing to VS Code. */
function withoutScopes(value) {
  if (Array.isArray(value)) return value.map(withoutScopes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key, inner]) => key !== 'scope' || typeof inner !== 'string').map(([key, inner]) => [key, withoutScopes(inner)]));
}

const TITLES = { '': 'Dovetail', completion: 'Suggestions', embedded: 'Built-in Model', local: 'Local Model', chat: 'Chat', edits: 'Edits', statistics: 'Statistics', experiment: 'Experiment', log: 'Log', server: 'Server Program' };

function merged(manifest, found) {
  const groups = new Map();
  for (const [name, entry] of Object.entries(found)) {
    const [, group, deeper] = name.split('.');
    const key = deeper === undefined ? '' : group;
    if (!groups.has(key)) groups.set(key, {});
    // In our order: VS Code's is that of the alphabet, in which an address comes after everything about it.
    groups.get(key)[name] = { ...entry, order: Object.keys(groups.get(key)).length };
  }
  const configuration = [...groups].map(([key, entries], order) => ({ title: TITLES[key] ?? key, order, properties: entries }));
  const { untrustedWorkspaces, ...capabilities } = manifest.capabilities;
  return {
    ...manifest,
    capabilities: { untrustedWorkspaces: { ...untrustedWorkspaces, restrictedConfigurations: Object.keys(found) }, ...capabilities },
    contributes: { ...manifest.contributes, configuration },
  };
}

if (process.argv[1] === import.meta.filename) {
  const option = (name) => { const i = process.argv.indexOf(name); return i < 0 ? undefined : process.argv[i + 1]; };
  const python = option('--python'), from = option('--schema');
  if (!python && !from) { console.error('settings.mjs: --python PYTHON or --schema FILE'); process.exit(2); }
  const ask = 'import json; from dovetail.server.settings import json_schema; print(json.dumps(json_schema()))';
  const schema = JSON.parse(from ? fs.readFileSync(from, 'utf8') : execFileSync(python, ['-c', ask], { encoding: 'utf8' }));
  const own = JSON.parse(fs.readFileSync(path.join(root, 'settings.own.json'), 'utf8'));
  const before = fs.readFileSync(file, 'utf8');
  const after = `${JSON.stringify(merged(JSON.parse(before), properties(schema, own)), null, 2)}\n`;
  if (before === after) console.log('settings: package.json is fresh');
  else if (process.argv.includes('--check')) { console.error('settings: package.json is stale; run scripts/settings.mjs'); process.exit(1); }
  else { fs.writeFileSync(file, after); console.log('settings: package.json is written'); }
}
