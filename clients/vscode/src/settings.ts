import * as vscode from 'vscode';
import { chosenEndpoints, restricted } from './endpoints.ts';

export { EMBEDDED_ONLY, type Endpoint, endpointName } from './endpoints.ts';

/** Settings of the extension alone, by the first part of their name. */
const OWN = new Set(['server', 'useEndpoint']);

/**
 * The settings as the server wants them. Only what somebody set is sent: a default of `package.json` must not hide a value
 * from the user's own `dovetail.toml`. In a workspace that is not trusted VS Code has already left out the workspace's
 * values, and what could send text away is taken out here.
 */
export function settingsFor(names: readonly string[]): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration('dovetail');
  const settings: Record<string, unknown> = {};
  for (const name of names) {
    if (OWN.has(name.split('.')[0] ?? '')) continue;
    const { globalValue, workspaceValue, workspaceFolderValue } = configuration.inspect(name) ?? {};
    if (globalValue === undefined && workspaceValue === undefined && workspaceFolderValue === undefined) continue;
    put(settings, name.split('.'), JSON.parse(JSON.stringify(configuration.get(name) ?? null)));
  }
  const chosen = chosenEndpoints(settings, configuration.get('useEndpoint', ''));
  return vscode.workspace.isTrusted ? chosen : restricted(chosen);
}

function put(into: Record<string, unknown>, [first = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) into[first] = value;
  else put((into[first] ??= {}) as Record<string, unknown>, rest, value);
}

/** The names of all settings of the extension, without `dovetail.`, as its package.json declares them. */
export function settingNames(context: vscode.ExtensionContext): string[] {
  const { contributes } = context.extension.packageJSON as { contributes: { configuration: { properties: object }[] } };
  return contributes.configuration.flatMap(({ properties }) => Object.keys(properties)).map((name) => name.replace(/^dovetail\./, ''));
}

/** What the server gets with `initialize`. */
export function initializationOptions(names: readonly string[]): object {
  return {
    ...settingsFor(names),
    // Acceptance is confirmed by each item's command and otherwise seen in the changes of the text: `events` stays false.
    client: { events: false, partialResults: false, replaceRange: true, debounceMs: 50, diagnostics: true, asks: true, more: true, trusted: vscode.workspace.isTrusted },
  };
}
