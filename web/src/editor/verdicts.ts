/** Marks in the gutter: what became of the expectations of a line. A click shows the first. */
import {
  RangeSet,
  StateEffect,
  StateField,
  type EditorState,
  type Extension,
  type TransactionSpec,
} from '@codemirror/state';
import { GutterMarker, gutter } from '@codemirror/view';

import { OUTCOMES, gravest } from '../panes/outcomes';
import type { Judged } from '../state/traces';
import type { Outcome } from '../wasm/clnrm_wasm';

class Mark extends GutterMarker {
  readonly outcome: Outcome;
  readonly text: string;
  /** The expectation that a click shows. */
  readonly key: string;

  constructor(judged: readonly Judged[]) {
    super();
    this.outcome = gravest(judged);
    const told = judged.find(({ outcome }) => outcome === this.outcome);
    this.key = told?.key ?? '';
    this.text = judged
      .flatMap(({ outcome, title, failures }) => [
        `${title} ${OUTCOMES[outcome].says}`,
        ...failures.map(({ message }) => message),
      ])
      .join('\n');
  }

  override eq(other: Mark): boolean {
    return other.key === this.key && other.outcome === this.outcome && other.text === this.text;
  }

  override toDOM(): HTMLElement {
    const mark = document.createElement('span');
    mark.className = `cm-verdict ${this.outcome}`;
    mark.textContent = OUTCOMES[this.outcome].mark;
    mark.title = this.text;
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', this.text);
    return mark;
  }
}

const setMarks = StateEffect.define<RangeSet<Mark>>();

const marks = StateField.define<RangeSet<Mark>>({
  create: () => RangeSet.empty,
  update(before, transaction) {
    let next = before.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setMarks)) next = effect.value;
    return next;
  },
});

/** The gutter; `show` is called with the key of an expectation whose mark was clicked. */
export function verdictGutter(show: (key: string) => void): Extension {
  return [
    marks,
    gutter({
      class: 'cm-verdicts',
      markers: (view) => view.state.field(marks),
      domEventHandlers: {
        click(view, { from, to }) {
          let key = '';
          view.state.field(marks).between(from, to, (_from, _to, mark) => {
            key ||= mark.key;
          });
          if (key !== '') show(key);
          return key !== '';
        },
      },
    }),
  ];
}

/** The marks of those of `expectations` that stand in `file`. */
export function verdictMarks(
  state: EditorState,
  file: string,
  expectations: readonly Judged[],
): TransactionSpec {
  const lines = new Map<number, Judged[]>();
  for (const one of expectations) {
    if (one.file !== file) continue;
    const { from } = state.doc.lineAt(Math.min(one.start.utf16, state.doc.length));
    lines.set(from, [...(lines.get(from) ?? []), one]);
  }
  const ranges = [...lines].map(([from, judged]) => new Mark(judged).range(from));
  return { effects: setMarks.of(RangeSet.of(ranges, true)) };
}
