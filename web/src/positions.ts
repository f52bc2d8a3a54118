/**
 * Places in a text as the core counts them.
 *
 * The playground's editor counts UTF-16 units, the core bytes, lines and Unicode scalar values; the
 * wasm surface adds `utf16` to every position so that nothing is converted twice.
 */
export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in Unicode scalar values. */
  readonly column: number;
  /** Byte, from 0. */
  readonly offset: number;
  /** UTF-16 unit, from 0. */
  readonly utf16: number;
}

/** A half-open range. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}
