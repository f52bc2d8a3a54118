/** The page of a code that a person asked for. */
import { effect, signal } from '@preact/signals';

import { engine } from './judge';

/** The code whose page is open. */
export const explained = signal<string | null>(null);
/** Its page, in Markdown, once it is there. */
export const explanation = signal<string | null>(null);

effect(() => {
  const code = explained.value;
  explanation.value = null;
  if (code === null) return;
  engine.ask('explain', code).then(
    (page) => {
      if (explained.peek() === code) explanation.value = page.markdown;
    },
    () => (explanation.value = 'The page could not be read; close this and try again.'),
  );
});
