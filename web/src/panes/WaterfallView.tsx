/**
 * The spans of a trace as rows with bars. Only the rows in view are in the document, so that a trace
 * of many thousand spans scrolls as one of ten.
 */
import { computed } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';

import { chosenSpan, lit, waterfall } from '../state/traces';
import type { TraceSpan } from '../wasm/clnrm_wasm';
import { Check, ErrorIcon } from '../ui/icons';
import { Empty } from './Empty';
import { SpanDetails } from './SpanDetails';
import { inWords, nanoseconds } from './times';

/** Pixels that a row is high, as the style sheet has it. */
const ROW = 26;
/** Rows drawn above and below those in view. */
const BEYOND = 8;
/** Colours that services take in turn. */
const COLOURS = 6;
/** Levels by which names are indented; deeper ones stay there. */
const DEEPEST = 12;
/** Events that are marked on a bar. */
const MOST_EVENTS = 12;

const rows = computed(() => waterfall.value?.rows ?? []);
/** The row of each span. */
const rowOf = computed(() => new Map(rows.value.map(({ index }, row) => [index, row])));
/** The number of each service, in order of appearance. */
const services = computed(() => {
  const known = new Map<string, number>();
  for (const { service } of rows.value) {
    if (service !== null && !known.has(service)) known.set(service, known.size);
  }
  return known;
});

export function WaterfallView() {
  if (rows.value.length === 0) {
    return <Empty title="The trace has no spans" text="Nothing holds against an empty trace." />;
  }
  const hand = chosenSpan.value;
  const span = hand === null ? undefined : rows.value[rowOf.value.get(hand) ?? -1];
  return (
    <>
      <Ruler />
      <Rows />
      {span && <SpanDetails span={span} />}
    </>
  );
}

/** Where on the whole a moment lies, in percent. */
const share = (moment: number) => {
  const length = waterfall.value?.length ?? 0;
  return length === 0 ? 0 : Math.min(100, Math.max(0, (moment / length) * 100));
};

function Ruler() {
  const length = waterfall.value?.length ?? 0;
  return (
    <div class="ruler" aria-hidden="true">
      <span class="ticks">
        {[0, 0.25, 0.5, 0.75].map((at) => (
          <span key={at}>{at === 0 ? '0' : nanoseconds(length * at)}</span>
        ))}
      </span>
      <span class="took">{nanoseconds(length)}</span>
    </div>
  );
}

function Rows() {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(0);
  const all = rows.value;
  const hand = chosenSpan.value === null ? undefined : rowOf.value.get(chosenSpan.value);

  useEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const element = list.current;
    if (!element || hand === undefined) return;
    const { scrollTop, clientHeight } = element;
    if (hand * ROW < scrollTop) element.scrollTop = hand * ROW;
    else if ((hand + 1) * ROW > scrollTop + clientHeight) {
      element.scrollTop = (hand + 1) * ROW - clientHeight;
    }
    // The details of the span take their room from the list.
  }, [hand, height]);

  const move = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(height / ROW) - 1);
    const last = all.length - 1;
    const at = hand ?? -1;
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === 'Escape') chosenSpan.value = null;
    if (to === undefined) return;
    event.preventDefault();
    chosenSpan.value = all[Math.min(last, Math.max(0, to))]?.index ?? null;
  };

  const first = Math.max(0, Math.floor(top / ROW) - BEYOND);
  const end = Math.min(all.length, Math.ceil((top + height) / ROW) + BEYOND);
  const drawn = all.slice(first, end);
  const isDrawn = hand !== undefined && hand >= first && hand < end;
  return (
    <div
      class="waterfall"
      role="listbox"
      tabIndex={0}
      aria-label="Spans"
      aria-activedescendant={isDrawn ? `row-${hand}` : undefined}
      ref={list}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={move}
    >
      <div class="all" role="presentation" style={{ '--height': `${all.length * ROW}px` }}>
        <div class="drawn" role="presentation" style={{ '--top': `${first * ROW}px` }}>
          {drawn.map((span, at) => (
            <SpanRow key={span.index} span={span} at={first + at} of={all.length} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  readonly span: TraceSpan;
  /** Its row, from 0. */
  readonly at: number;
  readonly of: number;
}

function SpanRow({ span, at, of }: RowProps) {
  const { index, name, service, status, depth, orphan, start, duration, events } = span;
  const { about, nearest } = lit.value;
  const mark = nearest.has(index) ? 'nearest' : about.has(index) ? 'about' : '';
  const colour = service === null ? 0 : (services.value.get(service) ?? 0) % COLOURS;
  const isTimed = start !== null && duration !== null;
  return (
    <div
      class={`span-row ${mark} ${status}`}
      role="option"
      id={`row-${at}`}
      aria-selected={chosenSpan.value === index}
      aria-posinset={at + 1}
      aria-setsize={of}
      onClick={() => (chosenSpan.value = chosenSpan.peek() === index ? null : index)}
    >
      <span class="name" style={{ '--depth': Math.min(depth, DEEPEST) }} title={name}>
        {status === 'ERROR' && <ErrorIcon />}
        {status === 'OK' && <Check />}
        <span class="text">{name}</span>
        <span class="unseen">{inWords(span, mark)}</span>
        {mark === 'nearest' && <span class="chip">nearest</span>}
        {orphan && (
          <span class="chip" title={`Its parent ${span.parent_id ?? ''} is not in the trace`}>
            no parent
          </span>
        )}
        {service !== null && <span class="service">{service}</span>}
      </span>
      <span class="track" aria-hidden="true">
        {isTimed && (
          <span
            class={`bar colour-${colour}`}
            style={{ '--from': `${share(start)}%`, '--width': `${share(duration)}%` }}
          />
        )}
        {events
          .slice(0, MOST_EVENTS)
          .map(
            ({ time, name }) =>
              time !== null && (
                <span class="event" title={name} style={{ '--from': `${share(time)}%` }} />
              ),
          )}
      </span>
      <span class="took">{duration === null ? 'no time' : nanoseconds(duration)}</span>
    </div>
  );
}
