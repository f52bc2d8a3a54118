/** How outcomes are shown: never by colour alone. */
import { Check, ErrorIcon, WarningIcon } from '../ui/icons';
import type { Outcome } from '../wasm/clnrm_wasm';

interface Shown {
  /** A character, for where no drawing can stand. */
  readonly mark: string;
  /** A verb, after what was expected. */
  readonly says: string;
  readonly Icon: typeof Check;
}

export const OUTCOMES: Readonly<Record<Outcome, Shown>> = {
  holds: { mark: '✓', says: 'holds', Icon: Check },
  fails: { mark: '✗', says: 'fails', Icon: ErrorIcon },
  'not-evaluated': { mark: '?', says: 'was not evaluated', Icon: WarningIcon },
};

const GRAVITY: readonly Outcome[] = ['holds', 'fails', 'not-evaluated'];

/** What stands for several together. */
export function gravest(all: readonly { readonly outcome: Outcome }[]): Outcome {
  const most = Math.max(0, ...all.map(({ outcome }) => GRAVITY.indexOf(outcome)));
  return GRAVITY[most] ?? 'holds';
}
