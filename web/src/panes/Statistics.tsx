/** Where the time goes, and what is remembered. */
import { report, stats } from '../state/judge';
import { quantile, waits } from '../state/timing';
import { Empty } from './Empty';

const STAGES = [
  ['hash', 'Digest'],
  ['cache', 'Cache'],
  ['render', 'Render'],
  ['parse', 'Parse'],
  ['validate', 'Validate'],
] as const;

const micros = (us: number) =>
  us < 1000 ? `${us} µs` : `${(us / 1000).toFixed(us < 10_000 ? 2 : 1)} ms`;
const millis = (ms: number | undefined) => (ms === undefined ? '–' : `${ms.toFixed(1)} ms`);
const size = (bytes: number) =>
  bytes < 1024 * 1024
    ? `${(bytes / 1024).toFixed(1)} KB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

export function Statistics() {
  const current = report.value;
  if (!current) return <Empty title="No check yet" />;
  const { timings_us: times, cached } = current;
  const longest = Math.max(1, ...STAGES.map(([stage]) => times[stage]));
  const held = stats.value;
  const all = waits.value;
  return (
    <div class="statistics">
      <section>
        <h2>
          Last check <span class="aside">{cached ? 'from the cache' : micros(times.total)}</span>
        </h2>
        <table>
          <caption class="unseen">Time of each stage</caption>
          <tbody>
            {STAGES.map(([stage, label]) => (
              <tr key={stage}>
                <th scope="row">{label}</th>
                <td class="bar">
                  <meter min={0} max={longest} value={times[stage]} aria-label={label} />
                </td>
                <td class="amount">{micros(times[stage])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section>
        <h2>
          From an edit to its squiggles <span class="aside">last {all.length}</span>
        </h2>
        <Strip values={all} />
        <dl>
          <Figure label="median" value={millis(quantile(all, 0.5))} />
          <Figure label="95 of 100 within" value={millis(quantile(all, 0.95))} />
          <Figure label="longest" value={millis(quantile(all, 1))} />
        </dl>
      </section>
      {held && (
        <section>
          <h2>Memory</h2>
          <dl>
            <Figure
              label="cache hits"
              value={`${held.cache.hits} of ${held.cache.hits + held.cache.misses}`}
            />
            <Figure
              label="remembered"
              value={`${held.cache.entries} renders, ${size(held.cache.memory_bytes)}`}
            />
            <Figure label="the core holds" value={size(held.memory_bytes)} />
          </dl>
        </section>
      )}
    </div>
  );
}

function Figure({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div class="figure">
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The last edits as bars, the newest on the right. */
function Strip({ values }: { readonly values: readonly number[] }) {
  const width = 100;
  const highest = Math.max(16, ...values);
  return (
    <svg
      class="strip"
      viewBox={`0 0 ${width * 4} 48`}
      preserveAspectRatio="none"
      role="img"
      aria-label="The last edits"
    >
      <line x1="0" x2={width * 4} y1={48 - (16 / highest) * 46} y2={48 - (16 / highest) * 46} />
      {values.map((value, index) => {
        const height = Math.max(1, (value / highest) * 46);
        const x = (width - values.length + index) * 4;
        return <rect x={x} y={48 - height} width="3" height={height} />;
      })}
    </svg>
  );
}
