import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endedEarly, forLabel, forNotice, ours } from '../../src/words.ts';

test('a notification gets no link out of foreign text', () => {
  const shown = forNotice('see [this](command:workbench.action.terminal.new) and [that](https://example.com "t")');
  // What VS Code looks for in notifications.
  assert.doesNotMatch(shown, /\[[^\]]+\]\((?:https?:\/\/|command:|file:)[^)\s]+/);
  assert.match(shown, /this.*that/);
});

test('a notification is one line of bounded length', () => {
  const shown = forNotice(`a\n\nb${'x'.repeat(10_000)}`);
  assert.ok(shown.startsWith('a b') && shown.length <= 400);
});

test('a label gets no icon out of foreign text', () => {
  assert.doesNotMatch(forLabel('host $(alert) $($(sync~spin))'), /\$\(/);
  assert.equal(forLabel('x'.repeat(500)).length, 120);
});

test('a sentence of the server says whose it is, once', () => {
  assert.equal(ours('Applied to a.py.'), 'Dovetail: Applied to a.py.');
  assert.equal(ours('Dovetail is off.'), 'Dovetail is off.');
});

test('a program that took too long is said to have been ended, with what to do', () => {
  const said = endedEarly(['init', '--find'], 300_000);
  assert.match(said, /ended after 5 minutes/);
  assert.match(said, /Run "dovetail init --find" in a terminal/);
  assert.match(endedEarly(['doctor'], 1_000), /after 1 second,/);
});
