/** The line below the editor: the verdict, and what else matters at a glance. */
import { computed } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';

import { engine, pane, report, verdict } from '../state/judge';
import { focusLine } from '../state/linking';
import { kept } from '../state/session';
import { waits } from '../state/timing';
import { Check, ErrorIcon, InfoIcon, WarningIcon } from '../ui/icons';

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

/** The verdict in words. */
export const summary = computed(() => {
  const current = verdict.value;
  switch (current.kind) {
    case 'none':
      return 'Checking…';
    case 'stopped':
      return current.reason === 'slow' ? 'Stopped after 2 s' : 'The check broke';
    case 'refused':
      return 'Not checked';
    case 'report': {
      const { diagnostics } = current;
      const { omitted } = current.report;
      const count = (severity: string) => diagnostics.filter((d) => d.severity === severity).length;
      const parts = [
        [count('error') + omitted, 'error'],
        [count('warning'), 'warning'],
        [count('info'), 'note'],
      ] as const;
      const said = parts
        .filter(([number]) => number > 0)
        .map(([number, word]) => plural(number, word));
      return said.join(', ') || 'No problems';
    }
  }
});

const tone = computed(() => {
  const current = verdict.value;
  if (current.kind === 'none') return 'idle';
  if (current.kind !== 'report' || !current.report.valid) return 'error';
  return current.diagnostics.some(({ severity }) => severity === 'warning') ? 'warning' : 'good';
});

const TONE_ICONS = { idle: InfoIcon, good: Check, warning: WarningIcon, error: ErrorIcon };

export function Status() {
  const Icon = TONE_ICONS[tone.value];
  const focus = focusLine.value;
  const current = report.value;
  const last = waits.value.at(-1);
  return (
    <footer class="status">
      <button
        type="button"
        class={`verdict ${tone.value}`}
        title="Show the problems"
        onClick={() => (pane.value = 'problems')}
      >
        <Icon />
        {summary.value}
      </button>
      {current && <span class="judged">{current.path}</span>}
      {current?.volatile && (
        <span title="It reads the clock or chance: another render may differ">volatile</span>
      )}
      <span class="gap" />
      {!kept.value && (
        <span class="fault" role="alert">
          too large to keep over a reload: download it
        </span>
      )}
      {focus?.side === 'source' && <span>line {focus.line}</span>}
      {last !== undefined && (
        <span class="wait" title="From the last edit to its squiggles">
          {last.toFixed(1)} ms
        </span>
      )}
      <Announcer />
    </footer>
  );
}

/** Tells screen readers of a new verdict once typing rests, not with every key. */
const REST_MS = 900;

function Announcer() {
  const [said, say] = useState('');
  const now = engine.state.value === 'ready' ? summary.value : '';
  useEffect(() => {
    const timer = setTimeout(() => say(now), REST_MS);
    return () => clearTimeout(timer);
  }, [now]);
  return (
    <span class="unseen" role="status" aria-live="polite">
      {said}
    </span>
  );
}
