/** What the editor of templates and the view of the rendered text have in common. */
import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, foldGutter, foldKeymap, indentUnit } from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, StateEffect, StateField, type Extension } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
  type DecorationSet,
  type EditorViewConfig,
} from '@codemirror/view';

import { looks } from './theme';

/** Lines, from 1, that belong to the place where the cursor is in the other editor. */
export const setLinked = StateEffect.define<readonly number[]>();

const linked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(decorations, transaction) {
    let next = decorations.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setLinked)) continue;
      const { doc } = transaction.state;
      const lines = effect.value.filter((line) => line >= 1 && line <= doc.lines);
      const mark = Decoration.line({ class: 'cm-linked' });
      next = Decoration.set(
        lines.sort((a, b) => a - b).map((line) => mark.range(doc.line(line).from)),
      );
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Only LF ends a line, as for the core: a CR before it stays in the text as it is, so that places are
 * the same on both sides, and is shown as what it is.
 */
const lineEnds: Extension = [
  EditorState.lineSeparator.of('\n'),
  EditorView.clipboardInputFilter.of((text) => text.replaceAll('\r\n', '\n')),
  highlightSpecialChars({
    render(code, description, placeholder) {
      const mark = document.createElement('span');
      mark.textContent = code === 13 ? '␍' : placeholder;
      mark.title = description ?? '';
      mark.className = code === 13 ? 'cm-carriage-return' : 'cm-specialChar';
      mark.setAttribute('aria-label', description ?? 'special character');
      return mark;
    },
  }),
];

export const common: Extension = [
  lineEnds,
  lineNumbers(),
  foldGutter({ openText: '⌄', closedText: '›' }),
  drawSelection(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  bracketMatching(),
  EditorState.allowMultipleSelections.of(true),
  EditorState.tabSize.of(4),
  linked,
  looks,
];

/**
 * Typing over a selection, done by the editor: where the browser does it, it puts inline styles on what
 * it joins, and the page's policy forbids these.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main, ranges } = view.state.selection;
    const text = event.data;
    const typed = event.inputType === 'insertText' && text !== null;
    if (!typed || main.empty || ranges.length > 1 || view.composing) return false;
    const insert = () =>
      view.state.update(view.state.replaceSelection(text), {
        userEvent: 'input.type',
        scrollIntoView: true,
      });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, main.from, main.to, text, insert))) {
      view.dispatch(insert());
    }
    return true;
  },
});

/** Without Escape for dropping a selection: Escape, then Tab must always leave the editor. */
const keys = defaultKeymap.filter(({ key }) => key !== 'Escape');

export const editing: Extension = [
  history(),
  typeOver,
  rectangularSelection(),
  closeBrackets(),
  indentUnit.of('    '),
  keymap.of([
    ...closeBracketsKeymap,
    ...keys,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    indentWithTab,
  ]),
];

export const reading: Extension = [
  EditorState.readOnly.of(true),
  keymap.of([...keys, ...searchKeymap, ...foldKeymap]),
];

/** An editor in a shadow root: there its style sheets are constructed ones, as the policy wants. */
export function mount(
  host: HTMLElement,
  state: EditorState,
  config: EditorViewConfig = {},
): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  return new EditorView({ ...config, state, parent: root, root });
}
