/** A trace, what the test in front comes to against it, and its spans as a waterfall. */
import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';

import { entry, kinds, pane, report } from '../state/judge';
import { wrong } from '../state/notice';
import { change, goTo } from '../state/session';
import {
  expectations,
  givenUp,
  openTraces,
  trace,
  traces,
  verdicts,
  waterfall,
} from '../state/traces';
import type { TraceFault } from '../wasm/clnrm_wasm';
import { ErrorIcon, Plus } from '../ui/icons';
import { Sentence } from '../ui/Prose';
import { Empty } from './Empty';
import { TraceForm } from './TraceForm';
import { Verdicts } from './Verdicts';
import { WaterfallView } from './WaterfallView';

/** Whether another trace is being added. */
const adding = signal(false);
/** Whether a file is held over the pane. */
const hovered = signal(false);

export function TracePane() {
  const root = useRef<HTMLDivElement>(null);
  const take = (list: readonly File[]) => {
    adding.value = false;
    openTraces(list).catch((error: unknown) =>
      wrong(error instanceof Error ? error.message : String(error)),
    );
  };
  return (
    <div
      class={`trace ${hovered.value ? 'hovered' : ''}`}
      ref={root}
      tabIndex={-1}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        hovered.value = true;
      }}
      onDragLeave={(event) => {
        const into = event.relatedTarget;
        if (!(into instanceof Node && event.currentTarget.contains(into))) hovered.value = false;
      }}
      onDrop={(event) => {
        hovered.value = false;
        const list = [...(event.dataTransfer?.files ?? [])];
        if (list.length === 0) return;
        event.preventDefault();
        take(list);
      }}
    >
      {trace.value && !adding.value ? (
        <>
          <TraceBar />
          <Content />
        </>
      ) : (
        <TraceForm
          onFiles={take}
          onDone={() => {
            adding.value = false;
            // The form goes, and the keyboard must not be lost with it.
            root.current?.focus();
          }}
          isFirst={trace.value === undefined}
        />
      )}
    </div>
  );
}

/** Which trace, and what the test comes to. */
function TraceBar() {
  return (
    <div class="trace-bar">
      <label>
        <span class="unseen">Trace</span>
        <select
          value={trace.value?.name}
          onChange={(event) => change({ trace: event.currentTarget.value })}
        >
          {traces.value.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="quiet add" onClick={() => (adding.value = true)}>
        <Plus /> Add
      </button>
      <Summary />
    </div>
  );
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;

function Summary() {
  const all = expectations.value;
  const number = (outcome: string) => all.filter((one) => one.outcome === outcome).length;
  const [hold, fail, left] = [number('holds'), number('fails'), number('not-evaluated')];
  return (
    <p class="tally" role="status">
      {hold > 0 && (
        <span class="holds">
          {hold} {hold === 1 ? 'holds' : 'hold'}
        </span>
      )}
      {fail > 0 && (
        <span class="fails">
          {fail} {fail === 1 ? 'fails' : 'fail'}
        </span>
      )}
      {left > 0 && <span class="not-evaluated">{left} not evaluated</span>}
      {waterfall.value?.fault === null && <span>{count(waterfall.value.rows.length, 'span')}</span>}
    </p>
  );
}

function Content() {
  const drawn = waterfall.value;
  const file = trace.value;
  if (givenUp.value && givenUp.value === file) return <GivenUp />;
  if (drawn?.fault && file) return <Fault name={file.name} fault={drawn.fault} />;
  if (!drawn) return <Empty title="Reading…" />;
  return (
    <>
      <Judgement />
      <WaterfallView />
    </>
  );
}

/** The verdicts, or why there are none. */
function Judgement() {
  if (expectations.value.length > 0) return <Verdicts />;
  const current = verdicts.value;
  if (current?.valid === false) {
    // A trace is held against a test that is valid all the way, whatever level is asked for.
    const isUnseen = report.value?.valid === true;
    return (
      <p class="unjudged">
        <ErrorIcon />
        <span>Not judged: the test has errors{isUnseen && ' at level structure'}.</span>
        <button
          type="button"
          class="plain"
          onClick={() => {
            if (isUnseen) change({ level: 'structure' });
            pane.value = 'problems';
          }}
        >
          Show the problems
        </button>
      </p>
    );
  }
  if (!current) return <p class="unjudged">{report.value ? 'Judging…' : 'Not judged.'}</p>;
  if ((kinds.value.get(entry.value) ?? 'test') !== 'test') {
    return (
      <p class="unjudged">
        <ErrorIcon />
        <span>
          There is no test among the files: add one whose name ends in <code>.clnrm.toml</code>.
        </span>
      </p>
    );
  }
  return (
    <p class="unjudged">
      <ErrorIcon />
      <span>
        The test expects nothing of a trace, so nothing is judged. Write{' '}
        <code>[[expect.span]]</code>, or what else a trace is to be held against.
      </span>
    </p>
  );
}

function Fault({ name, fault }: { readonly name: string; readonly fault: TraceFault }) {
  const { message, help, at, position } = fault;
  return (
    <div class="fault-page" role="alert">
      <ErrorIcon />
      <h2>
        <code>{name}</code> is no trace
      </h2>
      <p>
        <Sentence text={message} />
      </p>
      {help !== null && (
        <p class="help">
          <Sentence text={help} />
        </p>
      )}
      {position && (
        <button type="button" class="plain" onClick={() => goTo(name, position.utf16)}>
          Go to {name}:{at}
        </button>
      )}
    </div>
  );
}

function GivenUp() {
  return (
    <Empty
      title="The trace takes too long"
      text="It could not be judged within two seconds. A smaller trace can be judged here; the command clnrm analyze takes any."
    >
      <button type="button" class="plain" onClick={() => (givenUp.value = null)}>
        Try again
      </button>
    </Empty>
  );
}
