/** Spans and their times in words. */
import type { TraceSpan } from '../wasm/clnrm_wasm';

const UNITS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
] as const;

/** Nanoseconds with three digits, in the unit that suits: `84 ms`, `1.25 s`. */
export function nanoseconds(time: number): string {
  for (const [unit, name] of UNITS) {
    if (Math.abs(time) >= unit) return `${Number((time / unit).toPrecision(3))} ${name}`;
  }
  return `${time} ns`;
}

/** What a row shows by its place and its marks, for those who do not see it. */
export function inWords(span: TraceSpan, mark: '' | 'about' | 'nearest'): string {
  const { kind, status, depth } = span;
  const parts = [
    kind ?? '',
    status === 'UNSET' ? '' : status,
    depth === 0 ? '' : `level ${depth + 1}`,
    mark === 'about' ? 'of the expectation in hand' : '',
  ];
  return parts
    .filter((part) => part !== '')
    .map((part) => `, ${part}`)
    .join('');
}
