/** The core's diagnostics as squiggles, with the core's fixes to apply. */
import { setDiagnostics, type Diagnostic as Squiggle } from '@codemirror/lint';
import type { EditorState, TransactionSpec } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';

import type { Diagnostic, Fix } from '../wasm/clnrm_wasm';

/** How a fix is named on its button: what is sure is to be told from what is a guess. */
export function fixLabel(fix: Fix): string {
  const [edit, ...more] = fix.edits;
  if (!edit || more.length > 0 || edit.text.includes('\n') || edit.text.length > 40)
    return 'Apply fix';
  const how = fix.safe ? 'Fix' : 'Try';
  if (edit.text === '') return `${how}: remove this`;
  return edit.start.offset === edit.end.offset
    ? `${how}: insert ${edit.text}`
    : `${how}: use ${edit.text}`;
}

/** The squiggles of those of `diagnostics` that stand in `file`. */
export function squiggles(
  state: EditorState,
  file: string,
  diagnostics: readonly Diagnostic[],
  apply: (diagnostic: Diagnostic) => void,
): TransactionSpec {
  const clamp = (offset: number) => Math.min(offset, state.doc.length);
  const list = diagnostics
    .filter((diagnostic) => diagnostic.primary.file === file)
    .map((diagnostic): Squiggle => {
      const { fix } = diagnostic;
      return {
        from: clamp(diagnostic.primary.start.utf16),
        to: clamp(diagnostic.primary.end.utf16),
        severity: diagnostic.severity,
        message: `${diagnostic.message} (${diagnostic.code})`,
        renderMessage: () => message(diagnostic),
        ...(fix && { actions: [{ name: fixLabel(fix), apply: () => apply(diagnostic) }] }),
      };
    });
  return setDiagnostics(state, list);
}

function message(diagnostic: Diagnostic): HTMLElement {
  const element = document.createElement('span');
  element.append(...sentence(diagnostic.message));
  const code = document.createElement('span');
  code.className = 'code';
  code.textContent = diagnostic.code;
  element.append(code);
  if (diagnostic.help) {
    const help = document.createElement('span');
    help.className = 'help';
    help.append(...sentence(diagnostic.help));
    element.append(help);
  }
  return element;
}

/** A sentence whose backticks mark code. */
function sentence(text: string): Node[] {
  return text.split('`').map((part, index) => {
    if (index % 2 === 0) return document.createTextNode(part);
    const code = document.createElement('code');
    code.textContent = part;
    return code;
  });
}

/** The fixable diagnostic of `file` at the cursor, or else the next one on its line. */
export function fixableAt(
  view: EditorView,
  file: string,
  diagnostics: readonly Diagnostic[],
): Diagnostic | undefined {
  const { head } = view.state.selection.main;
  const line = view.state.doc.lineAt(head).number;
  const here = diagnostics.filter(
    ({ fix, primary }) =>
      fix && primary.file === file && primary.start.line <= line && line <= primary.end.line,
  );
  const touches = ({ primary }: Diagnostic) =>
    primary.start.utf16 <= head && head <= primary.end.utf16;
  return here.find(touches) ?? here[0];
}
