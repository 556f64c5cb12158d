import * as vscode from 'vscode';

/**
 * The documents that the server hears of. Others are virtual: old versions shown in diffs, output, the source control
 * input box, files of a virtual file system. They are read-only or no code, or the server could not find them on disk.
 */
export const SELECTOR = [{ scheme: 'file' }, { scheme: 'untitled' }, { scheme: 'vscode-notebook-cell' }];

/** Longest document sent to the server, in UTF-16 units. (VS Code itself keeps files of more than 50 MB from extensions.) */
export const LONGEST_DOCUMENT = 8_000_000;

/**
 * Which documents are kept from the server for their size. Decided when a document is opened: a server that has not been
 * told of a document must not hear of its changes.
 */
export class LargeDocuments {
  private readonly uris = new Set<string>();

  /** True if the document is too large, which is remembered until it is closed. */
  opened(document: vscode.TextDocument): boolean {
    const end = document.lineAt(document.lineCount - 1).range.end;
    const large = document.offsetAt(end) > LONGEST_DOCUMENT;
    if (large) this.uris.add(document.uri.toString());
    return large;
  }

  has(document: { readonly uri: vscode.Uri }): boolean {
    return this.uris.size > 0 && this.uris.has(document.uri.toString());
  }

  /** True if the document was one of them. */
  closed(document: vscode.TextDocument): boolean {
    return this.uris.delete(document.uri.toString());
  }

  clear(): void {
    this.uris.clear();
  }
}

/** Why there can be no suggestion in a document, whatever the server says; `undefined` if there can. */
export function whyNotHere(document: vscode.TextDocument | undefined, large: LargeDocuments): string | undefined {
  if (!document) return undefined;
  if (!SELECTOR.some(({ scheme }) => scheme === document.uri.scheme)) return 'This is not a file on disk.';
  if (large.has(document)) return 'This file is too large.';
  return undefined;
}
