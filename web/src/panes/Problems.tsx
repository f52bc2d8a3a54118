/** What is wrong, file by file: each problem leads to its place, its explanation and its fix. */
import { computed } from '@preact/signals';

import { fixLabel } from '../editor/diagnostics';
import type { Diagnostic, Location, Severity } from '../wasm/clnrm_wasm';
import { explained } from '../state/explanation';
import { applyFix } from '../state/fixing';
import { diagnostics, openPlace, verdict } from '../state/judge';
import { Check, ErrorIcon, InfoIcon, WarningIcon } from '../ui/icons';
import { Sentence } from '../ui/Prose';
import { CodeButton } from './CodeButton';
import { Empty } from './Empty';

const groups = computed(() => {
  const byFile = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics.value) {
    const { file } = diagnostic.primary;
    byFile.set(file, [...(byFile.get(file) ?? []), diagnostic]);
  }
  return [...byFile];
});

export function Problems() {
  const current = verdict.value;
  if (current.kind === 'none') return <Empty title="Checking…" />;
  if (current.kind === 'stopped')
    return <StoppedCheck reason={current.reason} file={current.entry} />;
  if (current.kind === 'refused')
    return <Empty title="This could not be checked" text={current.message} />;
  if (groups.value.length === 0) {
    return (
      <Empty title="No problems" icon={<Check />} tone="good">
        <p>
          <code>{current.entry}</code> is valid at level {current.report.level}.
        </p>
      </Empty>
    );
  }
  const { omitted } = current.report;
  return (
    <div class="problems">
      {groups.value.map(([file, diagnostics]) => (
        <section key={file} aria-label={file}>
          <h2 class="group" title={file}>
            <span class="path">{file}</span>
            <span class="number">{diagnostics.length}</span>
          </h2>
          <ul>
            {diagnostics.map((diagnostic, index) => (
              <Problem key={`${diagnostic.code} ${index}`} diagnostic={diagnostic} />
            ))}
          </ul>
        </section>
      ))}
      {omitted > 0 && <p class="more">and {omitted} more, not listed</p>}
    </div>
  );
}

function Problem({ diagnostic }: { readonly diagnostic: Diagnostic }) {
  const { code, name, severity, message, primary, mapping, related, help, fix, count } = diagnostic;
  return (
    <li class={`problem ${severity}`}>
      <SeverityIcon severity={severity} />
      <div class="what">
        <button type="button" class="message" onClick={() => show(primary)}>
          <Sentence text={message} />
        </button>
        {help !== null && (
          <p class="help">
            <Sentence text={help} />
          </p>
        )}
        <p class="facts">
          <CodeButton code={code} />
          <span>{name}</span>
          <span class="place">
            {primary.start.line}:{primary.start.column}
          </span>
          {mapping === 'expression' && <span>made by this expression</span>}
          {mapping === 'call-site' && <span>made by this call</span>}
          {mapping === 'none' && <span>its place in the template is not known</span>}
          {count > 1 && <span>{count} times</span>}
          {diagnostic.in && diagnostic.in.length > 0 && (
            <span>
              in{' '}
              {diagnostic.in.length === 1
                ? '1 combination'
                : `${diagnostic.in.length} combinations`}
            </span>
          )}
        </p>
        {related.length > 0 && (
          <ul class="related">
            {related.map((place) => (
              <li>
                <button type="button" class="place" onClick={() => show(place)}>
                  {place.file}:{place.start.line}
                </button>{' '}
                <Sentence text={place.message} />
              </li>
            ))}
          </ul>
        )}
      </div>
      {fix && (
        <button
          type="button"
          class="fix"
          title={fix.safe ? 'Keeps what the file means' : 'Probably meant; look at what it changes'}
          onClick={() => applyFix(diagnostic)}
        >
          {fixLabel(fix)}
        </button>
      )}
    </li>
  );
}

const show = ({ file, start, end }: Location) => void openPlace(file, start.utf16, end.utf16);

export function SeverityIcon({ severity }: { readonly severity: Severity }) {
  return (
    <span class={`severity ${severity}`} role="img" aria-label={severity}>
      {severity === 'error' ? (
        <ErrorIcon />
      ) : severity === 'warning' ? (
        <WarningIcon />
      ) : (
        <InfoIcon />
      )}
    </span>
  );
}

function StoppedCheck({
  reason,
  file,
}: {
  readonly reason: 'slow' | 'broken';
  readonly file: string;
}) {
  const text =
    reason === 'slow'
      ? 'The check took longer than two seconds and was stopped. The text is kept; change it, and it is checked again.'
      : 'The check broke, and was started afresh. The text is kept. This is a fault of ours: a report with the text would help.';
  return (
    <div class="problems">
      <section aria-label={file}>
        <h2 class="group">
          <span class="path">{file}</span>
        </h2>
        <ul>
          <li class="problem error">
            <SeverityIcon severity="error" />
            <div class="what">
              <p class="message">{text}</p>
              {reason === 'slow' && (
                <p class="facts">
                  <button type="button" class="code" onClick={() => (explained.value = 'T109')}>
                    T109
                  </button>
                  <span>limit-exceeded</span>
                </p>
              )}
            </div>
          </li>
        </ul>
      </section>
    </div>
  );
}
