import * as vscode from 'vscode';

/**
 * The settings as the server wants them, for a resource or the window. The extension's own (`dovetail.server.*`) stay here.
 * In a workspace that is not trusted VS Code has already left out the workspace's values; the rest is taken away here:
 * no endpoint is asked, so that only the embedded model answers.
 */
export function settingsFor(resource?: string): Record<string, unknown> {
  const scope = resource === undefined ? undefined : vscode.Uri.parse(resource, true);
  const all = vscode.workspace.getConfiguration(undefined, scope).get<Record<string, unknown>>('dovetail') ?? {};
  const { server: _own, ...settings } = JSON.parse(JSON.stringify(all)) as Record<string, unknown>;
  return vscode.workspace.isTrusted ? settings : restricted(settings);
}

/** Settings of a workspace that is not trusted. */
export function restricted(settings: Record<string, unknown>): Record<string, unknown> {
  return { ...settings, endpoints: [] };
}

/** What the server gets with `initialize`. */
export function initializationOptions(): object {
  return {
    ...settingsFor(),
    // Acceptance is confirmed by each item's command and otherwise seen in the changes of the text: `events` stays false.
    client: { events: false, partialResults: false, replaceRange: true, debounceMs: 50, trusted: vscode.workspace.isTrusted },
  };
}
