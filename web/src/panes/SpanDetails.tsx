/** All that is known of the span in hand. */
import { chosenSpan } from '../state/traces';
import { Close } from '../ui/icons';
import type { SpanAttribute, TraceSpan } from '../wasm/clnrm_wasm';
import { nanoseconds } from './times';

export function SpanDetails({ span }: { readonly span: TraceSpan }) {
  const { name, service, kind, status, start, duration, attributes, events } = span;
  const facts: readonly (readonly [string, string | null])[] = [
    ['service', service],
    ['kind', kind],
    ['status', span.status_message === null ? status : `${status}: ${span.status_message}`],
    ['starts', start === null ? 'no time' : `after ${nanoseconds(start)}`],
    ['takes', duration === null ? 'no time, or it ends before it starts' : nanoseconds(duration)],
    ['span', span.id],
    ['parent', span.orphan ? `${span.parent_id ?? ''}, not in the trace` : span.parent_id],
    ['trace', span.trace_id],
  ];
  return (
    <section class="span-details" aria-label={`Span ${name}`} tabIndex={0}>
      <h2>
        <span class="text">{name}</span>
        <button
          type="button"
          class="quiet square"
          aria-label="Close the span"
          onClick={() => (chosenSpan.value = null)}
        >
          <Close />
        </button>
      </h2>
      <dl>{facts.map(([what, value]) => value !== null && <Fact what={what} value={value} />)}</dl>
      {(attributes.length > 0 || events.length > 0) && (
        <div>
          {attributes.length > 0 && <h3>Attributes</h3>}
          <Attributes attributes={attributes} />
          {events.length > 0 && <h3>Events</h3>}
          {events.map((event) => (
            <>
              <p class="event-line">
                {event.name}
                {event.time !== null && ` after ${nanoseconds(event.time)}`}
              </p>
              <Attributes attributes={event.attributes} />
            </>
          ))}
        </div>
      )}
    </section>
  );
}

function Attributes({ attributes }: { readonly attributes: readonly SpanAttribute[] }) {
  if (attributes.length === 0) return null;
  return (
    <dl>
      {attributes.map(({ name, kind, value }) => (
        <Fact what={name} value={value} title={kind} />
      ))}
    </dl>
  );
}

function Fact({
  what,
  value,
  title,
}: {
  readonly what: string;
  readonly value: string;
  readonly title?: string;
}) {
  return (
    <>
      <dt>{what}</dt>
      <dd title={title}>{value}</dd>
    </>
  );
}
