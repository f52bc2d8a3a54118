/** The rendered text, read-only, with its lines tied to those of the templates. */
import { EditorState } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { useEffect, useRef } from 'preact/hooks';

import { openPlace, rendered } from '../state/judge';
import { focusLine, lineIndex, litLines, type Origin } from '../state/linking';
import { on } from '../state/on';
import { language } from './language';
import { common, mount, reading, setLinked } from './setup';

export function RenderedView() {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => (host.current ? start(host.current) : undefined), []);
  return <div class="editor" ref={host} />;
}

/** The part of a line that says most of where it came from: literal text before what it holds. */
export function mainOrigin(origins: readonly Origin[]): Origin | undefined {
  const made = origins.filter((origin) => origin.mapping !== 'none');
  return (
    made.find((origin) => origin.mapping === 'exact' && origin.to - origin.from > 1) ?? made[0]
  );
}

function start(host: HTMLElement): () => void {
  const lineOf = (view: EditorView) => view.state.doc.lineAt(view.state.selection.main.head).number;

  const open = (view: EditorView, focus: boolean): boolean => {
    const line = lineOf(view);
    const origin = mainOrigin(lineIndex.peek()?.origins[line] ?? []);
    if (!origin) return false;
    void openPlace(origin.file, origin.from, origin.from, focus);
    focusLine.value = { side: 'rendered', line };
    return true;
  };

  const fresh = (text: string) =>
    EditorState.create({
      doc: text,
      extensions: [
        keymap.of([{ key: 'Enter', run: (view) => open(view, true) }]),
        common,
        language(),
        reading,
        EditorView.contentAttributes.of({
          tabindex: '0',
          'aria-label': 'Rendered text, read-only. Enter goes to the line of the template.',
          'aria-readonly': 'true',
        }),
        EditorView.domEventHandlers({
          mouseup: (_event, view) => {
            if (view.state.selection.main.empty) open(view, false);
          },
        }),
        EditorView.updateListener.of((update) => {
          const byHand = update.transactions.some((t) => t.isUserEvent('select'));
          if (byHand) focusLine.value = { side: 'rendered', line: lineOf(update.view) };
        }),
      ],
    });

  const view = mount(host, fresh(rendered.peek()?.text ?? ''));
  const stops = [
    on([rendered], () => replace(view, rendered.value?.text ?? '')),
    on([litLines], () => {
      const lines = litLines.value.rendered;
      const followed = focusLine.value?.side === 'source';
      const [first] = lines;
      const { doc } = view.state;
      view.dispatch({
        effects: [
          setLinked.of([...lines]),
          ...(followed && first !== undefined && first <= doc.lines
            ? [
                EditorView.scrollIntoView(doc.line(first).from, {
                  y: 'nearest',
                  yMargin: 60,
                }),
              ]
            : []),
        ],
      });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    view.destroy();
  };
}

/** Puts in a new text by the part that differs, so that the view stays where it is. */
function replace(view: EditorView, text: string): void {
  const old = view.state.doc.toString();
  if (old === text) return;
  let from = 0;
  const shorter = Math.min(old.length, text.length);
  while (from < shorter && old.charCodeAt(from) === text.charCodeAt(from)) from++;
  let end = 0;
  while (
    end < shorter - from &&
    old.charCodeAt(old.length - 1 - end) === text.charCodeAt(text.length - 1 - end)
  ) {
    end++;
  }
  view.dispatch({
    changes: { from, to: old.length - end, insert: text.slice(from, text.length - end) },
  });
}
