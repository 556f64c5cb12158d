// Answers at once: the floor that the bench compares with, and the other provider in the tests.
'use strict';
const vscode = require('vscode');

exports.activate = (context) => {
  const mode = vscode.workspace.getConfiguration('probe').get('mode');
  if (mode === 'off') return;
  if (mode === 'lint') return lint(context);
  if (mode === 'rename') return renames(context);
  context.subscriptions.push(
    vscode.languages.registerInlineCompletionItemProvider({ scheme: 'file' }, {
      provideInlineCompletionItems(document, position) {
        const before = document.lineAt(position).text.slice(0, position.character);
        if (mode === 'floor' && /= $/.test(before)) return [new vscode.InlineCompletionItem('instant')];
        if (mode === 'other' && /other = $/.test(before)) return [new vscode.InlineCompletionItem('from another')];
        return [];
      },
    }),
  );
  const item = vscode.window.createStatusBarItem();
  item.text = 'Probe ready';
  item.show();
  context.subscriptions.push(item);
};

// A language server, as far as Dovetail can see: each line with BROKEN is an error, half a second after the change.
function lint(context) {
  const found = vscode.languages.createDiagnosticCollection('probe');
  const look = (document) => {
    if (document.uri.scheme !== 'file') return; // a preview of the same text is no second error
    const errors = [];
    for (let i = 0; i < document.lineCount; i++) {
      const { text, range } = document.lineAt(i);
      if (text.includes('BROKEN')) errors.push(new vscode.Diagnostic(range, 'BROKEN is not defined', vscode.DiagnosticSeverity.Error));
    }
    found.set(document.uri, errors);
  };
  context.subscriptions.push(found, vscode.workspace.onDidChangeTextDocument(({ document }) => void setTimeout(look, 500, document)), vscode.workspace.onDidOpenTextDocument(look));
  vscode.workspace.textDocuments.forEach(look);
}

// A language server that can rename, in one file: every whole word of that name, but for names that begin with `fixed`.
function renames(context) {
  const word = (document, position) => {
    const range = document.getWordRangeAtPosition(position);
    if (!range || document.getText(range).startsWith('fixed')) throw new Error('You cannot rename this element.');
    return range;
  };
  context.subscriptions.push(
    vscode.languages.registerRenameProvider({ scheme: 'file' }, {
      prepareRename: word,
      provideRenameEdits(document, position, newName) {
        const old = document.getText(word(document, position));
        const edit = new vscode.WorkspaceEdit();
        for (const { index } of document.getText().matchAll(new RegExp(`\\b${old}\\b`, 'g'))) {
          edit.replace(document.uri, new vscode.Range(document.positionAt(index), document.positionAt(index + old.length)), newName);
        }
        return edit;
      },
    }),
  );
}
