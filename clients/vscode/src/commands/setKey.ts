import * as vscode from 'vscode';
import { nameTrouble } from '../keys.ts';
import type { Session } from '../session.ts';

/** Set API Key…: kept by VS Code, given to the server as an environment variable. */
export async function setKey(session: Session): Promise<void> {
  const name = await vscode.window.showInputBox({
    title: 'Dovetail: Set API Key (1/2)',
    prompt: 'The environment variable that the endpoint’s settings name for its key',
    placeHolder: 'OPENAI_API_KEY',
    validateInput: (text) => nameTrouble(text.trim()),
  });
  if (!name) return;
  const value = await vscode.window.showInputBox({ title: 'Dovetail: Set API Key (2/2)', prompt: `The key for ${name.trim()}`, password: true, ignoreFocusOut: true });
  if (!value) return;
  await session.keys.set(name.trim(), value.trim());
  void vscode.window.showInformationMessage(`Dovetail keeps the key of ${name.trim()} and has restarted its server.`);
}
