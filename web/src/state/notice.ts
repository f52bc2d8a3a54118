/** A message of the page itself, until it is closed or replaced by the next. */
import { signal } from '@preact/signals';

export interface Notice {
  readonly kind: 'done' | 'wrong';
  readonly text: string;
}

export const notice = signal<Notice | null>(null);

export const done = (text: string) => (notice.value = { kind: 'done', text });
export const wrong = (text: string) => (notice.value = { kind: 'wrong', text });
