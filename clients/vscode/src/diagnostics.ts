import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';

/**
 * The errors that other extensions found in a document, or errors and warnings `within` some lines of it, for the server, which
 * sees only its own. Empty if there is none: the server then looks at the syntax itself, as nobody else may have looked at
 * this file at all.
 */
export function diagnosticsFor(client: LanguageClient | undefined, uri: vscode.Uri, within?: vscode.Range): { diagnostics?: object[] } {
  if (!client) return {};
  const least = within ? vscode.DiagnosticSeverity.Warning : vscode.DiagnosticSeverity.Error;
  const errors = vscode.languages
    .getDiagnostics(uri)
    .filter(({ severity, range }) => severity <= least && (!within || range.intersection(within) !== undefined));
  return errors.length > 0 ? { diagnostics: errors.map((error) => client.code2ProtocolConverter.asDiagnostic(error)) } : {};
}
