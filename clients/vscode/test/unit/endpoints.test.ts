import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenEndpoints, EMBEDDED_ONLY, endpointName, restricted } from '../../src/endpoints.ts';

const settings = { endpoints: [{ url: 'http://127.0.0.1:8080' }, { url: 'https://far.example/v1', name: 'far' }], log: { level: 'debug' } };

test('an endpoint is called by its name, else by its host', () => {
  assert.deepEqual(settings.endpoints.map(endpointName), ['127.0.0.1:8080', 'far']);
  assert.equal(endpointName({ url: 'no url' }), 'no url');
});

test('a choice leaves that endpoint alone; a choice that is gone leaves all; none of them when embedded is chosen', () => {
  assert.deepEqual(chosenEndpoints(settings, 'far')['endpoints'], [settings.endpoints[1]]);
  assert.equal(chosenEndpoints(settings, 'gone'), settings);
  assert.equal(chosenEndpoints(settings, ''), settings);
  assert.deepEqual(chosenEndpoints(settings, EMBEDDED_ONLY), { ...settings, endpoints: [] });
});

test('an untrusted workspace gets no endpoint and no chat, whatever the settings say', () => {
  assert.deepEqual(restricted({ ...settings, chat: { url: 'https://far.example' } }), { log: { level: 'debug' }, endpoints: [], chat: { url: '' } });
});
