import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Decision, decisionsText } from '../../src/status/decisions.ts';

const decision: Decision = { id: 'd1', uri: 'file:///w/a.py', line: 3, column: 5, trigger: 'automatic', source: 'embedded', outcome: 'suggested', text: 'x\ny', elapsedMs: 12.34, steps: [{ name: 'gate', detail: 'one line', ms: 0.5 }, { name: 'generated', detail: '1 candidate(s) by embedded', ms: 12 }] };

test('a decision reads: what came of it, the place, steps with their times, the text behind bars', () => {
  assert.equal(
    decisionsText([decision], () => 'a.py'),
    'suggested\n    a.py:3:5 (automatic, built-in model, 12.3 ms)\n    gate: one line (0.5 ms)\n    generated: 1 candidate(s) by the built-in model (12.0 ms)\n    | x\n    | y\n',
  );
});

test('no decision at all is said in words', () => assert.match(decisionsText([], String), /not asked/));
