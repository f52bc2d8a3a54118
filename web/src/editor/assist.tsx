/** Completion and hover, as the core tells them. */
import {
  autocompletion,
  completionKeymap,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { hoverTooltip, keymap, type Tooltip } from '@codemirror/view';
import { render } from 'preact';

import { engine, kinds } from '../state/judge';
import { Markdown } from '../ui/Prose';

/** The editor's icon for each kind of item. */
const ICONS: Readonly<Record<string, string>> = {
  table: 'namespace',
  field: 'property',
  word: 'constant',
  service: 'class',
  scenario: 'class',
  span: 'class',
  variable: 'variable',
  function: 'function',
  filter: 'function',
  test: 'function',
  macro: 'method',
  tag: 'keyword',
  argument: 'property',
  file: 'text',
};

/** Characters after which a proposal is of use at once; elsewhere a word has to be begun. */
const STARTERS = /[\w.|:{"'[]$/;

export function assist(file: () => string): Extension {
  const isTrace = () => kinds.peek().get(file()) === 'trace';

  const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
    if (isTrace()) return null;
    const before = context.state.sliceDoc(Math.max(0, context.pos - 1), context.pos);
    if (!context.explicit && !STARTERS.test(before)) return null;
    const found = await engine.ask('complete', file(), context.pos).catch(() => undefined);
    if (!found || found.items.length === 0 || context.aborted) return null;
    const options = found.items.map(
      ({ label, kind, detail, documentation, insert }): Completion => ({
        label,
        type: ICONS[kind] ?? 'text',
        apply: insert,
        ...(detail !== '' && { detail }),
        ...(documentation !== '' && { info: () => prose(documentation).dom }),
      }),
    );
    return { from: found.from, to: found.to, options, validFor: /^[\w-]*$/ };
  };

  const hover = hoverTooltip(async (view, at): Promise<Tooltip | null> => {
    if (isTrace()) return null;
    const found = await engine.ask('hover', file(), at).catch(() => undefined);
    if (!found || found.to > view.state.doc.length) return null;
    return { pos: found.from, end: found.to, above: true, create: () => prose(found.markdown) };
  });

  return [
    autocompletion({ override: [complete], activateOnTypingDelay: 60 }),
    keymap.of(completionKeymap),
    hover,
  ];
}

/** Markdown of the core, as an element for a tooltip. */
function prose(text: string): { dom: HTMLElement; destroy: () => void } {
  const dom = document.createElement('div');
  dom.className = 'cm-prose';
  render(<Markdown text={text} />, dom);
  return { dom, destroy: () => render(null, dom) };
}
