// What the status bar shows. Nothing here depends on VS Code.

import type { ServerState } from '../server/supervisor.ts';
import { forLabel } from '../words.ts';

export interface ServerStatus {
  readonly state: 'idle' | 'busy' | 'learning' | 'offline' | 'error' | 'off';
  readonly source: string;
  readonly message: string;
  readonly detail?: string;
  /** A time of day, while suggestions are snoozed. */
  readonly snoozedUntil?: string;
}

interface View {
  readonly text: string;
  readonly tooltip: string;
  readonly warning: boolean;
}

/** The name of a source as people read it. */
export function nameOf(source: string | undefined): string {
  return source === 'embedded' ? 'built-in model' : source || 'Dovetail';
}

/** A text's first sentence with a capital at its beginning if that is a word, and what follows it. */
export function inTwo(text: string): [sentence: string, rest: string] {
  const end = /[.!?](?=\s)/.exec(text)?.index ?? text.length;
  const sentence = text.slice(0, end + 1).trim();
  const capital = /^[a-z]+\s/.test(sentence) ? sentence.slice(0, 1).toUpperCase() : sentence.slice(0, 1); // an address has none
  return [capital + sentence.slice(1), text.slice(end + 1).trim()];
}

/** `here` is why the active document has no suggestions for a reason that the extension knows by itself. */
export function view(server: ServerState, status: ServerStatus | undefined, here: string | undefined): View {
  switch (server.kind) {
    case 'starting':
      return { text: '$(loading~spin) Dovetail', tooltip: 'Dovetail: the server is starting.', warning: false };
    case 'stopped':
      return { text: '$(circle-outline) Dovetail', tooltip: 'Dovetail: the server is stopped.', warning: false };
    case 'missing':
      return { text: '$(desktop-download) Dovetail', tooltip: 'Dovetail: no server is installed. Click to install one.', warning: true };
    case 'waiting':
      return { text: '$(debug-restart) Dovetail', tooltip: 'Dovetail: the server ended and is being started again.', warning: true };
    case 'failed':
      return { text: '$(error) Dovetail', tooltip: `Dovetail: ${server.message}`, warning: true };
    case 'running':
      break;
  }
  if (here !== undefined) return { text: '$(circle-slash) Dovetail', tooltip: `Dovetail: no suggestions here. ${here}`, warning: false };
  const source = forLabel(nameOf(status?.source), 24);
  const tooltip = ['Dovetail: ' + (status?.message || 'ready.'), status?.detail].filter(Boolean).join('\n');
  switch (status?.state) {
    case 'busy':
      return { text: `$(loading~spin) ${source}`, tooltip, warning: false };
    case 'learning':
      return { text: `$(book) ${source}`, tooltip, warning: false };
    case 'offline':
      return { text: `$(debug-disconnect) ${source}`, tooltip, warning: true };
    case 'error':
      return { text: `$(warning) ${source}`, tooltip, warning: true };
    case 'off':
      return { text: '$(circle-slash) Dovetail', tooltip, warning: false };
    default:
      return { text: `$(check-all) ${source}`, tooltip, warning: false };
  }
}
