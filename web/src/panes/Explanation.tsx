/** The page of a code: what it means, why it matters, how to mend it. */
import { explained, explanation } from '../state/explanation';
import { Dialog } from '../ui/Dialog';
import { Markdown } from '../ui/Prose';

export function Explanation() {
  const code = explained.value;
  if (code === null) return null;
  const [first, ...rest] = (explanation.value ?? '').split('\n');
  return (
    <Dialog
      title={first?.replace(/^#+ /, '') || code}
      shape="drawer"
      onClose={() => (explained.value = null)}
    >
      {explanation.value === null ? <p>Loading…</p> : <Markdown text={rest.join('\n')} />}
    </Dialog>
  );
}
