/** Applies a fix of the core to the files of the session. */
import type { Diagnostic } from '../wasm/clnrm_wasm';
import { signal } from '@preact/signals';

import { files, goTo, setText } from './session';

/** One replacement, in UTF-16 units. */
export interface Change {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** Changes for the editor to make, so that they can be undone; it takes those of its own file. */
export interface Mending {
  readonly file: string;
  readonly changes: readonly Change[];
}

/** The editor in front, if it can take edits of a file. */
export const editorOf = signal<((mending: Mending) => boolean) | null>(null);

export function applyFix({ fix }: Diagnostic): void {
  if (!fix) return;
  const byFile = new Map<string, Change[]>();
  for (const { file, start, end, text } of fix.edits) {
    const change = { from: start.utf16, to: end.utf16, insert: text };
    byFile.set(file, [...(byFile.get(file) ?? []), change]);
  }
  for (const [file, changes] of byFile) mend({ file, changes });
  const [first] = fix.edits;
  if (first) goTo(first.file, first.start.utf16, first.start.utf16 + first.text.length, false);
}

/** Makes changes where they can be undone, else in the text. */
export function mend(mending: Mending): void {
  if (editorOf.peek()?.(mending) === true) return;
  const { file, changes } = mending;
  let text = files.peek().find(({ name }) => name === file)?.text ?? '';
  for (const { from, to, insert } of [...changes].sort((a, b) => b.from - a.from)) {
    text = text.slice(0, from) + insert + text.slice(to);
  }
  setText(file, text);
}
