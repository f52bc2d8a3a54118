/** The expectations, each with its verdict; one in hand shows what speaks against it, and its spans. */
import { useEffect, useRef } from 'preact/hooks';

import { entry, openPlace, report } from '../state/judge';
import { choose, chosen, chosenSpan, expectations, type Judged } from '../state/traces';
import { Sentence } from '../ui/Prose';
import type { Failed, Nearest } from '../wasm/clnrm_wasm';
import { CodeButton } from './CodeButton';
import { OUTCOMES } from './outcomes';

export function Verdicts() {
  return (
    <ul class="verdicts" aria-label="Verdicts" tabIndex={-1}>
      {expectations.value.map((judged) => (
        <Verdict key={judged.key} judged={judged} />
      ))}
    </ul>
  );
}

function Verdict({ judged }: { readonly judged: Judged }) {
  const { key, outcome, title, kind, file, start, end, failures } = judged;
  const { Icon, says } = OUTCOMES[outcome];
  const isOpen = chosen.value === key;
  const isElsewhere = file !== entry.value;
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // It may have been chosen in the gutter.
    if (isOpen) item.current?.scrollIntoView({ block: 'nearest' });
  }, [isOpen]);
  return (
    <li class={`expectation ${outcome} ${isOpen ? 'open' : ''}`} ref={item}>
      <span class="mark" role="img" aria-label={says}>
        <Icon />
      </span>
      <div class="what">
        <button
          type="button"
          class="message"
          aria-expanded={isOpen}
          onClick={() => choose(isOpen ? null : key)}
        >
          <Sentence text={title} />
        </button>
        <Combinations of={judged} />
        {isOpen ? <Details judged={judged} /> : <FirstFailure failures={failures} />}
      </div>
      <span class="kind">{kind}</span>
      <button
        type="button"
        class="place"
        title={`Go to ${file}:${start.line}:${start.column}`}
        aria-label={`Go to ${isElsewhere ? `${file}, ` : ''}line ${start.line}`}
        onClick={() => void openPlace(file, start.utf16, end.utf16)}
      >
        {isElsewhere && `${file}:`}
        {start.line}
      </button>
    </li>
  );
}

/** Combinations that are named; the rest is counted. */
const MOST_NAMED = 3;

/** In which combinations of a matrix, if not in all. */
function Combinations({ of: { in: indices = [] } }: { readonly of: Judged }) {
  const all = report.value?.renders ?? [];
  if (indices.length === 0 || indices.length === all.length) return null;
  const named = indices.slice(0, MOST_NAMED).map((index) =>
    Object.entries(all[index]?.matrix ?? {})
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(' '),
  );
  const more = indices.length - named.length;
  return (
    <span class="combinations">
      in {named.join(', ')}
      {more > 0 && ` and ${more} more`}
    </span>
  );
}

/** Enough to know whether to look closer. */
function FirstFailure({ failures }: { readonly failures: readonly Failed[] }) {
  const [first, ...more] = failures;
  if (!first) return null;
  return (
    <p class="help">
      <Sentence text={first.message} />
      {more.length > 0 && ` and ${more.length} more`}
    </p>
  );
}

function Details({ judged: { failures, about } }: { readonly judged: Judged }) {
  if (failures.length === 0) {
    return (
      <p class="help">
        {about.length === 0
          ? 'It is about all spans.'
          : `${about.length === 1 ? '1 span has' : `${about.length} spans have`} to do with it, marked below.`}
      </p>
    );
  }
  return (
    <ul class="failures">
      {failures.map((failed) => (
        <Failure key={`${failed.code} ${failed.message}`} failed={failed} />
      ))}
    </ul>
  );
}

function Failure({ failed }: { readonly failed: Failed }) {
  const { code, name, message, expected, found, nearest, help, primary } = failed;
  const { file, start, end } = primary;
  return (
    <li>
      <p>
        <Sentence text={message} />
      </p>
      <dl>
        <dt>expected</dt>
        <dd>
          <Sentence text={expected} />
        </dd>
        <dt>found</dt>
        <dd>
          <Sentence text={found} />
        </dd>
        {nearest && (
          <>
            <dt>nearest</dt>
            <dd>
              <NearestSpan nearest={nearest} />
            </dd>
          </>
        )}
      </dl>
      {help !== null && (
        <p class="help">
          <Sentence text={help} />
        </p>
      )}
      <p class="facts">
        <CodeButton code={code} />
        <span>{name}</span>
        <button
          type="button"
          class="code"
          title={`Go to ${file}:${start.line}:${start.column}`}
          onClick={() => void openPlace(file, start.utf16, end.utf16)}
        >
          {start.line}:{start.column}
        </button>
      </p>
    </li>
  );
}

/** The span that came nearest, how near, and the way to it. */
function NearestSpan({
  nearest: { name, span_id: id, index, met, of, fails },
}: {
  readonly nearest: Nearest;
}) {
  return (
    <>
      <button
        type="button"
        class="code"
        title="Show it in the waterfall"
        onClick={() => (chosenSpan.value = index)}
      >
        {name} {id}
      </button>
      {of > 1 && (
        <>
          {' '}
          meets {met} of {of} conditions
          {fails.length > 0 && (
            <>
              , not <Sentence text={fails.join(', ')} />
            </>
          )}
        </>
      )}
    </>
  );
}
