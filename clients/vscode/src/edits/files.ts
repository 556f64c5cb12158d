import * as vscode from 'vscode';
import { forLabel } from '../words.ts';

/** A file that a chat request would be sent with, as the server tells it (docs/protocol.md). */
export interface FileFor {
  readonly uri: string;
  readonly path: string;
  readonly lines: number;
  readonly tokens: number;
  readonly why: string;
}

interface Row extends vscode.QuickPickItem {
  /** The file that the row is about; none for the row that sends. */
  readonly file?: FileFor;
}

const count = (number: number, word: string) => `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`;

/**
 * Shows the files that a request would be sent with, the file at hand first. Enter on a file leaves it out or takes it back, Enter on the
 * first row sends. Resolves to the uris of those that go along with the file at hand; `undefined` if nothing is to be sent.
 */
export async function chooseFiles(files: readonly FileFor[]): Promise<readonly string[] | undefined> {
  const out = new Set<FileFor>();
  const pick = vscode.window.createQuickPick<Row>();
  pick.title = 'Sent to the Chat Model';
  pick.placeholder = 'Enter sends; on a file it leaves it out or takes it back';
  const show = (active?: FileFor) => {
    const tokens = files.reduce((sum, file) => sum + (out.has(file) ? 0 : file.tokens), 0);
    const sent = count(files.length - out.size, 'file');
    const rows = files.map((file, number): Row => ({
      label: `$(${number === 0 ? 'file' : out.has(file) ? 'circle-slash' : 'check'}) ${forLabel(file.path)}`,
      description: `${count(file.lines, 'line')}, ${count(file.tokens, 'token')}`,
      detail: forLabel(out.has(file) ? 'left out' : file.why),
      file,
    }));
    pick.items = [{ label: `$(send) Send ${sent}, about ${count(tokens, 'token')}` }, ...rows];
    const at = pick.items.find((row) => row.file === active) ?? pick.items[0];
    if (at) pick.activeItems = [at];
  };
  show();
  const sends = await new Promise<boolean>((resolve) => {
    pick.onDidAccept(() => {
      const file = pick.activeItems[0]?.file;
      if (!file) return resolve(true);
      if (file !== files[0] && !out.delete(file)) out.add(file);
      show(file);
    });
    pick.onDidHide(() => resolve(false));
    pick.show();
  });
  pick.dispose();
  return sends ? files.slice(1).filter((file) => !out.has(file)).map((file) => file.uri) : undefined;
}
