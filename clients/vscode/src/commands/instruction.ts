import * as vscode from 'vscode';
import { remembered } from '../edits/history.ts';
import { forLabel } from '../words.ts';

const HISTORY = 'dovetail.instructions';

/** Asks for an instruction; earlier ones are below, with the arrow keys. */
export async function askInstruction(memory: vscode.Memento, placeholder: string): Promise<string | undefined> {
  const history = memory.get<string[]>(HISTORY, []);
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { instruction: string }>();
  pick.title = 'Edit with Dovetail';
  pick.placeholder = placeholder;
  const show = () => {
    const typed = pick.value.trim();
    const earlier = history.filter((text) => text !== typed).map((text) => ({ label: `$(history) ${forLabel(text)}`, instruction: text, alwaysShow: typed === '' }));
    pick.items = typed ? [{ label: forLabel(typed), description: 'Enter', instruction: typed, alwaysShow: true }, ...earlier] : earlier;
  };
  show();
  pick.onDidChangeValue(show);
  const instruction = await new Promise<string | undefined>((resolve) => {
    pick.onDidAccept(() => resolve(pick.activeItems[0]?.instruction ?? pick.value.trim()));
    pick.onDidHide(() => resolve(undefined));
    pick.show();
  });
  pick.dispose();
  if (!instruction) return undefined;
  await memory.update(HISTORY, remembered(history, instruction));
  return instruction;
}
