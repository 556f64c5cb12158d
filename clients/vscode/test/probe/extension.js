// Answers at once: the floor that the bench compares with, and the other provider in the tests.
'use strict';
const vscode = require('vscode');

exports.activate = (context) => {
  const mode = vscode.workspace.getConfiguration('probe').get('mode');
  if (mode === 'off') return;
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
