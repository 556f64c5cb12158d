import * as vscode from 'vscode';
import { type Endpoint, EMBEDDED_ONLY, endpointName } from '../settings.ts';
import type { Session } from '../session.ts';
import { forLabel } from '../words.ts';

/** Choose Endpoint…: which of the endpoints in the settings is asked. */
export async function chooseEndpoint(_session: Session): Promise<void> {
  const settings = vscode.workspace.getConfiguration('dovetail');
  const endpoints = settings.get<Endpoint[]>('endpoints', []);
  const now = settings.get<string>('useEndpoint', '');
  const mark = (name: string) => (name === now ? '$(check) ' : '');
  const named = endpoints.map((endpoint) => ({ label: mark(endpointName(endpoint)) + forLabel(endpointName(endpoint)), description: forLabel(endpoint.url ?? ''), value: endpointName(endpoint) }));
  const add = { label: '$(add) Name another endpoint…', description: 'opens the settings', value: undefined };
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem & { value: string | undefined }>(
    [
      { label: `${mark('')}The first that answers`, description: endpoints.length === 0 ? 'none is named: the built-in model' : 'in the order of the settings', value: '' },
      { label: `${mark(EMBEDDED_ONLY)}Built-in model only`, description: 'nothing is sent anywhere', value: EMBEDDED_ONLY },
      ...named,
      add,
    ],
    { title: 'Dovetail: Choose Endpoint' },
  );
  if (!picked) return;
  if (picked.value === undefined) await vscode.commands.executeCommand('dovetail.openSettings', 'endpoints');
  else await settings.update('useEndpoint', picked.value || undefined, vscode.ConfigurationTarget.Global);
}
