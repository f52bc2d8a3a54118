import { effect, untracked, type ReadonlySignal } from '@preact/signals';

/**
 * Runs `then` now and whenever one of `signals` changes; what it reads itself does not count.
 * Gives back how to stop.
 */
export function on(signals: readonly ReadonlySignal<unknown>[], then: () => void): () => void {
  return effect(() => {
    signals.map((signal) => signal.value);
    untracked(then);
  });
}
