/** The editor of the file in front. Each file keeps its own undo history, selection and scroll place. */
import { lintKeymap, linter } from '@codemirror/lint';
import { closeCompletion } from '@codemirror/autocomplete';
import { Compartment, EditorState, type StateEffect } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { useEffect, useRef } from 'preact/hooks';

import { diagnostics, pane } from '../state/judge';
import { applyFix, editorOf } from '../state/fixing';
import { format } from '../state/formatting';
import { focusLine, litLines } from '../state/linking';
import { on } from '../state/on';
import {
  active,
  activeFile,
  builtIns,
  opened,
  setText,
  target,
  type Target,
} from '../state/session';
import { choose, expectations } from '../state/traces';
import { assist } from './assist';
import { fixableAt, squiggles } from './diagnostics';
import { isJson, json } from './json';
import { language } from './language';
import { common, editing, mount, reading, setLinked } from './setup';
import { verdictGutter, verdictMarks } from './verdicts';

interface Remembered {
  readonly state: EditorState;
  readonly scroll: StateEffect<unknown>;
}

export function SourceEditor() {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => (host.current ? start(host.current) : undefined), []);
  return <div class="editor" ref={host} />;
}

function start(host: HTMLElement): () => void {
  const remembered = new Map<string, Remembered>();
  const labelled = new Compartment();
  let shown = '';
  /** What the editor holds, or is about to. */
  let held = '';

  const label = (name: string) =>
    EditorView.contentAttributes.of({
      tabindex: '0',
      'aria-label': `Editor, ${name}. Press Escape, then Tab, to leave it.`,
      // What the browser would offer is meant for prose.
      autocorrect: 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
    });

  const mend = (view: EditorView): boolean => {
    const found = fixableAt(view, shown, diagnostics.peek());
    if (found) applyFix(found);
    return found !== undefined;
  };

  const tidy = (): boolean => {
    void format(shown);
    return true;
  };

  const fresh = (name: string, text: string) =>
    EditorState.create({
      doc: text,
      extensions: [
        keymap.of([
          { key: 'Mod-.', run: mend },
          { key: 'Shift-Alt-f', run: tidy, preventDefault: true },
          ...lintKeymap,
        ]),
        verdictGutter((key) => {
          choose(key);
          pane.value = 'trace';
        }),
        common,
        isJson(name) ? json() : language(),
        builtIns.peek().some((file) => file.name === name) ? reading : editing,
        assist(() => shown),
        linter(null),
        labelled.of(label(name)),
        EditorView.updateListener.of((update) => {
          const byHand = update.transactions.some((t) => t.isUserEvent('select') || t.docChanged);
          if (byHand && (update.selectionSet || update.docChanged)) {
            const { head } = update.state.selection.main;
            focusLine.value = {
              side: 'source',
              file: shown,
              line: update.state.doc.lineAt(head).number,
            };
          }
        }),
      ],
    });

  const view = mount(host, fresh('', ''), {
    // The core has a change before it is drawn: both take some milliseconds, side by side.
    dispatchTransactions(transactions, editor) {
      const newest = transactions.at(-1);
      if (newest && transactions.some(({ docChanged }) => docChanged)) {
        held = newest.newDoc.toString();
        setText(shown, held);
      }
      editor.update(transactions);
    },
  });

  const show = (name: string, text: string) => {
    if (name !== shown) {
      if (shown !== '') remembered.set(shown, { state: view.state, scroll: view.scrollSnapshot() });
      closeCompletion(view);
      const known = remembered.get(name);
      shown = name;
      view.setState(known?.state ?? fresh(name, text));
      held = view.state.doc.toString();
      if (known) view.dispatch({ effects: known.scroll });
    }
    // Changed elsewhere: by a fix made from another tab.
    if (held !== text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    }
  };

  const reveal = ({ from, to, focus }: Target) => {
    const { length } = view.state.doc;
    const anchor = Math.min(from, length);
    view.dispatch({
      selection: { anchor, head: Math.min(to, length) },
      effects: EditorView.scrollIntoView(anchor, { y: 'center' }),
    });
    if (focus) view.focus();
  };

  const stops = [
    on([opened], () => {
      remembered.clear();
      shown = '';
    }),
    on([opened, activeFile], () => {
      const file = activeFile.value;
      if (file) show(file.name, file.text);
    }),
    on([active, target], () => {
      const place = target.value;
      if (place?.file === active.value) reveal(place);
    }),
    on([active, diagnostics], () => {
      view.dispatch(squiggles(view.state, active.value, diagnostics.value, applyFix));
    }),
    on([active, expectations], () => {
      view.dispatch(verdictMarks(view.state, active.value, expectations.value));
    }),
    on([active, litLines], () => {
      view.dispatch({
        effects: setLinked.of([...(litLines.value.source.get(active.value) ?? [])]),
      });
    }),
  ];
  editorOf.value = ({ file, changes }) => {
    if (file !== shown) return false;
    view.dispatch({ changes, userEvent: 'input.fix' });
    return true;
  };

  return () => {
    for (const stop of stops) stop();
    editorOf.value = null;
    view.destroy();
  };
}
