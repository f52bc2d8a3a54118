/** How long it takes from an edit to its verdict on the page. */
import { signal } from '@preact/signals';

/** Edits that are remembered. */
const KEPT = 100;

/** Milliseconds from an edit to its squiggles, the newest last. */
export const waits = signal<readonly number[]>([]);

let edited: number | undefined;

/** A text changed. A later change before the verdict counts from the later one. */
export function noteEdit(): void {
  edited = performance.now();
}

/** The verdict on the newest state is on the page. */
export function noteVerdict(): void {
  if (performance.getEntriesByName('first verdict').length === 0) performance.mark('first verdict');
  if (edited === undefined) return;
  const wait = performance.now() - edited;
  edited = undefined;
  waits.value = [...waits.peek(), wait].slice(-KEPT);
}

/** The value that `share` (0 to 1) of `values` do not exceed. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
