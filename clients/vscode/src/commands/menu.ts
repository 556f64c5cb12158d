import * as vscode from 'vscode';
import { SELECTOR, whyNotHere } from '../documents.ts';
import type { Session } from '../session.ts';
import { inTwo, nameOf, view } from '../status/words.ts';
import { forLabel } from '../words.ts';

/** Where the running server was found, in words; the doctor says the path. */
const FOUND: Record<string, string> = {
  setting: 'the one named in the settings',
  workspace: 'the one from the environment of this workspace',
  path: 'the one found on PATH',
  managed: 'the one installed by this extension',
};

type Entry = vscode.QuickPickItem & { readonly command?: string };

/** The menu behind the status bar item. */
export async function menu(session: Session): Promise<void> {
  const { state } = session.supervisor;
  if (state.kind === 'missing') return session.supervisor.install();
  const settings = vscode.workspace.getConfiguration('dovetail');
  const document = vscode.window.activeTextEditor?.document;
  // Of a page of our own or an output channel nobody wants to turn the language off.
  const language = SELECTOR.some(({ scheme }) => scheme === document?.uri.scheme) ? document?.languageId : undefined;
  const on = settings.get<boolean>('enabled', true);
  const languageOn = language === undefined || settings.get<Record<string, boolean>>('completion.languages', {})[language] !== false;
  const asleep = session.status.status?.snoozedUntil;
  const off = (is: boolean, what: string) => `${is ? '$(circle-slash) Turn off' : '$(check) Turn on'} ${what}`;
  const [sentence, rest] = inTwo(view(state, session.status.status, whyNotHere(document, session.large)).tooltip.replace(/^Dovetail: /, ''));
  const entries: Entry[] = [
    { label: `$(info) ${forLabel(sentence, 80)}`, ...(rest ? { detail: forLabel(rest, 200) } : {}), alwaysShow: true, command: 'whyNoSuggestion' },
    { label: 'Suggestions', kind: vscode.QuickPickItemKind.Separator },
    { label: off(on, 'everywhere'), command: 'toggleSuggestions' },
    ...(vscode.workspace.workspaceFolders && vscode.workspace.isTrusted ? [{ label: off(on, 'in this workspace'), command: 'toggleWorkspace' }] : []),
    ...(language === undefined ? [] : [{ label: off(languageOn, `for ${forLabel(language)}`), command: 'toggleLanguage' }]),
    ...(on ? [{ label: asleep ? `$(bell) End the snooze (until ${forLabel(asleep)})` : '$(bell-slash) Snooze for 5 minutes', command: 'snoozeSuggestions' }] : []),
    { label: '$(question) Why no suggestion?', command: 'whyNoSuggestion' },
    { label: '$(graph) Statistics', command: 'showStatistics' },
    { label: 'Models', kind: vscode.QuickPickItemKind.Separator },
    { label: '$(server) Choose endpoint…', description: forLabel(nameOf(session.status.status?.source)), command: 'chooseEndpoint' },
    { label: '$(sparkle) Set up a model…', command: 'setUp' },
    { label: '$(key) Set API key…', command: 'setKey' },
    { label: 'Server', kind: vscode.QuickPickItemKind.Separator },
    { label: '$(output) Show log', command: 'showLog' },
    { label: '$(pulse) Doctor', command: 'doctor' },
    { label: '$(debug-restart) Restart the server', description: state.kind === 'running' ? (FOUND[state.by] ?? state.by) : state.kind, command: 'restartServer' },
  ];
  const picked = await vscode.window.showQuickPick(entries, { title: 'Dovetail', placeHolder: 'What would you like to do?' });
  if (picked?.command) await vscode.commands.executeCommand(`dovetail.${picked.command}`);
}
