import type { Middleware } from 'vscode-languageclient/node';
import type { LargeDocuments } from './documents.ts';
import { InlineCompletionTriggerKind, type InlineCompletionItem, type InlineCompletionList } from 'vscode';
import type { Asking } from './inline/asking.ts';
import type { Offers } from './inline/offers.ts';
import type { NextEdits } from './nextedit/nextEdits.ts';

interface MiddlewareParts {
  readonly large: LargeDocuments;
  readonly offers: Offers;
  readonly asking: Asking;
  readonly nextEdits: NextEdits;
  readonly settings: () => object;
  /** Takes a command of the server that makes a plan (from a code action, say); `undefined` if it is none. */
  readonly planCommand: (command: string, args: unknown[]) => Promise<unknown> | undefined;
}

/** What stands between VS Code and the server. */
export function middleware({ large, offers, asking, nextEdits, settings, planCommand }: MiddlewareParts): Middleware {
  return {
    didOpen: async (document, next) => {
      if (!large.opened(document)) await next(document);
    },
    didChange: async (event, next) => {
      if (!large.has(event.document)) await next(event);
    },
    didSave: async (document, next) => {
      if (!large.has(document)) await next(document);
    },
    didClose: async (document, next) => {
      if (!large.closed(document)) await next(document);
    },
    provideInlineCompletionItems: async (document, position, context, token, next) => {
      if (large.has(document)) return undefined;
      const edit = nextEdits.inline(document, position);
      if (edit) {
        offers.clear();
        return [edit];
      }
      const way = asking.way(document, position, context);
      const typing = { ...context, triggerKind: InlineCompletionTriggerKind.Automatic };
      let items = await next(document, position, way === 'as it is' ? context : typing, token);
      if (way === 'ahead') return undefined;
      // Asked for by hand, and nothing was there ahead.
      if (way === 'as while typing' && isEmpty(items) && !token.isCancellationRequested) items = await next(document, position, context, token);
      if (!token.isCancellationRequested) asking.given(document, position);
      offers.given(document, position, items, token);
      if (offers.at(document, position)) nextEdits.giveWay();
      return items;
    },
    provideCodeActions: (document, range, context, token, next) => (large.has(document) ? undefined : next(document, range, context, token)),
    executeCommand: (command, args, next) => planCommand(command, args) ?? next(command, args),
    workspace: {
      configuration: (params) => params.items.map((item) => (item.section === 'dovetail' ? settings() : null)),
    },
  };
}

function isEmpty(answer: InlineCompletionItem[] | InlineCompletionList | null | undefined): boolean {
  return !(Array.isArray(answer) ? answer : (answer?.items ?? [])).length;
}
