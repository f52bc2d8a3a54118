/** The code of a finding, which leads to its explanation. */
import type { Diagnostic } from '../wasm/clnrm_wasm';
import { explained } from '../state/explanation';

export function CodeButton({ code }: Pick<Diagnostic, 'code'>) {
  return (
    <button
      type="button"
      class="code"
      title={`What ${code} means`}
      onClick={() => (explained.value = code)}
    >
      {code}
    </button>
  );
}
