/**
 * Which lines of the rendered text came from which lines of the templates, and which of them are lit
 * up now: those that belong to the line in which a person has the cursor, on the other side.
 */
import { computed, signal } from '@preact/signals';

import type { Mapping, Range, Related, Rendered } from '../wasm/clnrm_wasm';
import { rendered, sourceOf } from './judge';

/** Where a rendered line came from, or a part of it. */
export interface Origin {
  readonly file: string;
  /** First and last line. */
  readonly line: number;
  readonly last: number;
  /** UTF-16 units. */
  readonly from: number;
  readonly to: number;
  readonly mapping: Mapping;
  /** The calls, includes and imports that led there, the innermost first. */
  readonly chain: readonly Related[];
}

export interface LineIndex {
  /** By rendered line, from 1; index 0 is unused. */
  readonly origins: readonly (readonly Origin[])[];
  /** Rendered lines by `file`, then line. */
  readonly lines: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;
}

/** The line in which the cursor is. */
export type FocusLine =
  | { readonly side: 'source'; readonly file: string; readonly line: number }
  | { readonly side: 'rendered'; readonly line: number };

export const focusLine = signal<FocusLine | null>(null);

export const lineIndex = computed(() =>
  rendered.value ? indexLines(rendered.value, sourceOf) : null,
);

export interface LitLines {
  readonly rendered: readonly number[];
  readonly source: ReadonlyMap<string, readonly number[]>;
}

const NOTHING: LitLines = { rendered: [], source: new Map() };

export const litLines = computed((): LitLines => {
  const focus = focusLine.value;
  const index = lineIndex.value;
  if (!focus || !index) return NOTHING;
  if (focus.side === 'source') {
    const lines = index.lines.get(focus.file)?.get(focus.line) ?? [];
    return { rendered: lines, source: new Map() };
  }
  const source = new Map<string, number[]>();
  const light = (file: string, first: number, last: number) => {
    const lines = source.get(file) ?? [];
    for (let line = first; line <= last; line++) lines.push(line);
    source.set(file, lines);
  };
  for (const { file, line, last, chain } of index.origins[focus.line] ?? []) {
    light(file, line, last);
    // The call is part of the answer to "where does this come from".
    for (const step of chain) light(step.file, step.start.line, lastLine(step));
  }
  return { rendered: [focus.line], source };
});

/** The last line that a range touches: one that ends where a line begins does not touch that line. */
function lastLine({ start, end }: Range): number {
  return end.column === 1 && end.line > start.line ? end.line - 1 : end.line;
}

/** Lines of a tag that are told apart: one that is longer than that is no work of a person. */
const MOST_LINES = 500;

/** Reads the map of a render; `sourceOf` gives the texts of the files it speaks of. */
export function indexLines(
  { text, map }: Rendered,
  sourceOf: (name: string) => string | undefined,
): LineIndex {
  const starts = lineStarts(text);
  const sources = map.files.map((name) => lineStarts(sourceOf(name) ?? ''));
  const origins: Origin[][] = [[], ...starts.map((): Origin[] => [])];
  const lines = new Map<string, Map<number, number[]>>();
  const add = (file: string, line: number, made: number) => {
    const ofFile = lines.get(file) ?? new Map<number, number[]>();
    lines.set(file, ofFile);
    const list = ofFile.get(line);
    if (!list) ofFile.set(line, [made]);
    else if (list.at(-1) !== made) list.push(made);
  };
  let made = 1;
  for (const segment of map.segments) {
    const file = map.files[segment.file] ?? '';
    const source = sources[segment.file] ?? [0];
    const chain = map.chains[segment.chain] ?? [];
    while ((starts[made] ?? Infinity) <= segment.from) made++;
    for (let from = segment.from; from < segment.to;) {
      const lineEnd = starts[made] ?? Infinity;
      const to = Math.min(lineEnd, segment.to);
      const exact = segment.mapping === 'exact';
      const start = exact ? segment.start + from - segment.from : segment.start;
      const end = exact ? segment.start + to - segment.from : segment.end;
      const line = lineAt(source, start);
      const last = Math.min(lineAt(source, Math.max(start, end - 1)), line + MOST_LINES);
      origins[made]?.push({
        file,
        line,
        last,
        from: start,
        to: end,
        mapping: segment.mapping,
        chain,
      });
      for (let at = line; at <= last; at++) add(file, at, made);
      for (const call of chain) add(call.file, call.start.line, made);
      from = to;
      if (from === lineEnd) made++;
    }
  }
  return { origins, lines };
}

/** The offset at which each line starts. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The line, from 1, that holds an offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? Infinity) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
