// package.json: what it promises is there, and it asks for nothing that the Marketplace would refuse.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../..');
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const { contributes } = manifest;
const settings: Record<string, { scope: string; description?: string }> = Object.assign({}, ...contributes.configuration.map(({ properties }: { properties: object }) => properties));
const commands: string[] = contributes.commands.map(({ command }: { command: string }) => command);

test('no proposed API is asked for, and the types are those of the oldest VS Code that is supported', () => {
  assert.equal(manifest.enabledApiProposals, undefined);
  assert.equal(manifest.engines.vscode, `^${manifest.devDependencies['@types/vscode']}`);
});

test('it runs where the workspace is: Remote-SSH, containers, WSL', () => assert.deepEqual(manifest.extensionKind, ['workspace']));

test('every setting has a description and a scope; endpoints, chat and programs never come from a workspace', () => {
  for (const [name, { description, scope }] of Object.entries(settings)) {
    assert.ok(description, name);
    assert.ok(['machine', 'application', 'window', 'resource'].includes(scope), name);
    if (/^dovetail\.(endpoints|chat|server|useEndpoint)/.test(name)) assert.equal(scope, 'machine', name);
  }
  assert.ok('dovetail.endpoints' in settings && 'dovetail.completion.automatic' in settings);
});

test('in an untrusted workspace no setting of it counts', () => {
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
  assert.deepEqual(new Set(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations), new Set(Object.keys(settings)));
});

test('every command of keys, menus and the walkthrough exists, and the server’s own names are left to the server', () => {
  const used = [
    ...contributes.keybindings.map(({ command }: { command: string }) => command),
    ...Object.values(contributes.menus).flatMap((menu) => (menu as { command?: string }[]).flatMap(({ command }) => command ?? [])),
    ...JSON.stringify(contributes.walkthroughs).matchAll(/command:(dovetail\.\w+)/g).map(([, command]) => command),
  ];
  for (const command of used) assert.ok(commands.includes(command), command);
  for (const name of ['accept', 'why', 'status', 'toggle', 'restartModel', 'applyDiff', 'edit', 'fix', 'applyPlan', 'discardPlan', 'undoEdit', 'explainRefusal', 'nextEdit', 'acceptNextEdit']) {
    assert.ok(!commands.includes(`dovetail.${name}`), name);
  }
});

test('no key is that of two commands of which only one is meant', () => {
  const keys = contributes.keybindings.filter(({ key }: { key: string }) => key.startsWith('ctrl+alt+d')).map(({ key }: { key: string }) => key);
  assert.deepEqual(keys.filter((key: string, i: number) => keys.indexOf(key) !== i), []);
});

test('every version is pinned, and the lock names no registry', () => {
  for (const [name, version] of Object.entries(manifest.devDependencies)) assert.match(version as string, /^\d+\.\d+\.\d+$/, name);
  assert.doesNotMatch(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'), /"resolved": "(?!https:\/\/registry\.npmjs\.org\/)/);
});

test('the pictures of the walkthrough are there', () => {
  for (const { media } of contributes.walkthroughs[0].steps) assert.ok(fs.existsSync(path.join(root, media.image)), media.image);
});
