import * as vscode from 'vscode';
import { idsOf, type Node, refusedIn } from '../edits/tree.ts';
import type { Session } from '../session.ts';
import { applyBlock } from './applyBlock.ts';
import { applyClipboard } from './applyClipboard.ts';
import { applyFile } from './applyFile.ts';
import { applySelection } from './applySelection.ts';
import { applySuggestedDiff } from './applySuggestedDiff.ts';
import { chooseEndpoint } from './chooseEndpoint.ts';
import { dismiss } from './dismiss.ts';
import { doctor } from './doctor.ts';
import { document } from './document.ts';
import { edit } from './edit.ts';
import { explain } from './explain.ts';
import { fix } from './fix.ts';
import { fixFile } from './fixFile.ts';
import { fixUntil } from './fixUntil.ts';
import { forgetKey } from './forgetKey.ts';
import { menu } from './menu.ts';
import { notUseful } from './notUseful.ts';
import { openSettings } from './openSettings.ts';
import { reviewShow } from './reviewShow.ts';
import { setKey } from './setKey.ts';
import { setUp } from './setUp.ts';
import { snooze } from './snooze.ts';
import { stats } from './stats.ts';
import { toggle, toggleLanguage, toggleWorkspace } from './toggle.ts';
import { undoLastEdit } from './undoLastEdit.ts';
import { why } from './why.ts';
import { writeTests } from './writeTests.ts';

type Command = (session: Session, argument?: unknown) => unknown;

/** Commands that change text; VS Code disables them in an untrusted workspace, and so do we, for keys and other callers. */
const edits: Record<string, Command> = {
  editHere: edit,
  askEdit: edit, // the server's code action
  fixHere: fix,
  fixFile,
  fixUntil,
  document,
  writeTests,
  explain,
  applySuggestedDiff,
  applyDiffFromClipboard: applyClipboard,
  applyDiffFromSelection: applySelection,
  applyDiffFromFile: applyFile,
  applyDiffFromBlock: applyBlock,
  undoLastEdit,
  reviewApply: ({ review }) => review.apply(),
  refusalAskAgain: ({ review }, node) => review.refused.askAgain(refusedIn(node)),
  refusalEdit: ({ review }, node) => review.refused.byHand(refusedIn(node)),
  proposeNextEdit: ({ nextEdits }) => nextEdits.ask(true),
  allNextEdits: ({ nextEdits, review }) => nextEdits.all((answer) => review.take(answer)),
  makeNextEdit: ({ nextEdits }) => nextEdits.accept(),
};

const others: Record<string, Command> = {
  suggest: () => vscode.commands.executeCommand('editor.action.inlineSuggest.trigger'),
  dismiss,
  nextEditTaken: ({ nextEdits }, argument) => nextEdits.taken((argument as { id: string }).id), // the ghost text's own
  rejectNextEdit: ({ nextEdits }) => nextEdits.reject(),
  reviewDiscard: ({ review }) => review.discard(),
  reviewAccept: ({ review }, node) => review.choose(idsOf(node as Node), true),
  reviewReject: ({ review }, node) => review.choose(idsOf(node as Node), false),
  reviewShow,
  refusalCompare: ({ review }, node) => review.refused.compare(refusedIn(node)),
  menu,
  toggleSuggestions: toggle,
  toggleLanguage,
  toggleWorkspace,
  chooseEndpoint,
  whyNoSuggestion: why,
  showStatistics: stats,
  notUsefulHere: notUseful,
  doctor,
  setUp,
  snoozeSuggestions: snooze,
  setKey,
  forgetKey,
  openSettings,
  showLog: ({ log }) => log.show(),
  restartServer: ({ supervisor }) => supervisor.restart(),
  installServer: ({ supervisor }) => supervisor.install(),
  removeServer: ({ supervisor }) => supervisor.remove(),
};

export function registerCommands(session: Session): void {
  for (const [name, run] of Object.entries(others)) {
    session.context.subscriptions.push(vscode.commands.registerCommand(`dovetail.${name}`, (argument?: unknown) => run(session, argument)));
  }
  for (const [name, run] of Object.entries(edits)) {
    session.context.subscriptions.push(
      vscode.commands.registerCommand(`dovetail.${name}`, (argument?: unknown) => {
        if (vscode.workspace.isTrusted) return run(session, argument);
        return vscode.window.showInformationMessage('Dovetail edits nothing in a workspace that you do not trust.');
      }),
    );
  }
}
