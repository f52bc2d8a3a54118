/** The rendered text, and above it where the line in hand came from. */
import { computed } from '@preact/signals';

import { RenderedView, mainOrigin } from '../editor/RenderedView';
import { openPlace, pane, rendered, report, verdict } from '../state/judge';
import { focusLine, lineIndex } from '../state/linking';
import { Sentence } from '../ui/Prose';
import { Empty } from './Empty';

export function RenderedPane() {
  if (verdict.value.kind === 'stopped') {
    return <Empty title="Nothing was rendered" text="The check was stopped; Problems says why." />;
  }
  if (!rendered.value) {
    const failed = report.value?.stopped_at === 'template';
    const reason = report.value?.diagnostics.find(({ severity }) => severity === 'error');
    return (
      <Empty title={failed ? 'The template does not render' : 'Nothing is rendered yet'}>
        {failed && reason && (
          <p>
            <Sentence text={reason.message} />
          </p>
        )}
        {failed && (
          <button type="button" class="plain" onClick={() => (pane.value = 'problems')}>
            Show the problems
          </button>
        )}
      </Empty>
    );
  }
  return (
    <div class="rendered">
      <Provenance />
      <RenderedView />
    </div>
  );
}

/** The places that led to the line in hand, the outermost first; each opens. */
const places = computed(() => {
  const focus = focusLine.value;
  if (focus?.side !== 'rendered') return null;
  const origin = mainOrigin(lineIndex.value?.origins[focus.line] ?? []);
  if (!origin) return { line: focus.line, steps: [] };
  const chain = origin.chain.map((step) => ({
    file: step.file,
    line: step.start.line,
    from: step.start.utf16,
    to: step.end.utf16,
    note: step.message,
  }));
  const note = {
    exact: 'written here',
    expression: 'made by this expression',
    'call-site': 'made by this call',
    none: '',
  }[origin.mapping];
  return { line: focus.line, steps: [...chain.reverse(), { ...origin, to: origin.from, note }] };
});

function Provenance() {
  const known = places.value;
  return (
    <nav class="provenance" aria-label="Where the line came from">
      {known === null ? (
        <span class="hint">Click a line to see where it came from</span>
      ) : (
        <>
          <span class="line">line {known.line}</span>
          {known.steps.length === 0 && <span class="hint">came from no single place</span>}
          {known.steps.map(({ file, line, from, to, note }) => (
            <span class="step">
              <span class="note">{note}</span>
              <button type="button" title={file} onClick={() => void openPlace(file, from, to)}>
                {file}:{line}
              </button>
            </span>
          ))}
        </>
      )}
      <Combination />
    </nav>
  );
}

/** Which combination of a matrix the text is. */
function Combination() {
  const { matrix = {}, combinations = 1 } = rendered.value ?? {};
  const values = Object.entries(matrix);
  if (values.length === 0) return null;
  return (
    <span class="combination">
      {values.map(([name, value]) => `${name} = ${String(value)}`).join(', ')}
      {combinations > 1 && `: the first of ${combinations} combinations`}
    </span>
  );
}
