/** How the files are judged: level, combination of the matrix, seed, clock. */
import { computed } from '@preact/signals';

import type { Level } from '../wasm/clnrm_wasm';
import { combinations, settingsFault } from '../state/judge';
import { change, settings } from '../state/session';
import { Sentence } from '../ui/Prose';

const LEVELS: readonly { readonly id: Level; readonly about: string }[] = [
  { id: 'syntax', about: 'The template renders, and to TOML' },
  { id: 'semantic', about: 'Each setting by itself as well' },
  { id: 'structure', about: 'Settings against each other as well' },
];

const combinationLabel = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');

const chosen = computed(() => combinationLabel(settings.value.matrix));

export function SettingsFields({ open }: { readonly open: boolean }) {
  const { level, seed, clock } = settings.value;
  const fault = settingsFault.value;
  const options = combinations.value.map((values) => ({
    values,
    label: combinationLabel(values),
  }));
  return (
    <div class={`settings ${open ? 'open' : ''}`} id="settings" role="group" aria-label="Settings">
      <label>
        <span>Level</span>
        <select
          title={LEVELS.find(({ id }) => id === level)?.about}
          value={level}
          onChange={(event) => change({ level: event.currentTarget.value as Level })}
        >
          {LEVELS.map(({ id, about }) => (
            <option value={id} title={about}>
              {id}
            </option>
          ))}
        </select>
      </label>
      {(options.length > 1 || chosen.value !== '') && (
        <label>
          <span>Matrix</span>
          <select
            class="matrix"
            value={chosen.value}
            onChange={(event) => {
              const label = event.currentTarget.value;
              change({
                matrix: options.find((option) => option.label === label)?.values ?? {},
              });
            }}
          >
            <option value="">all {options.length > 1 ? options.length : ''} combinations</option>
            {chosen.value !== '' && !options.some(({ label }) => label === chosen.value) && (
              <option value={chosen.value}>{chosen.value}</option>
            )}
            {options.map(({ label }) => (
              <option value={label}>{label}</option>
            ))}
          </select>
        </label>
      )}
      <Field
        label="Seed"
        class="seed"
        value={seed}
        placeholder="none"
        title="A whole number: everything random is made from it"
        onInput={(value) => change({ seed: value })}
      />
      <Field
        label="Clock"
        class="clock"
        value={clock}
        placeholder="runs"
        title="A moment such as 2025-01-01T00:00:00Z at which the clock stands still"
        onInput={(value) => change({ clock: value })}
      />
      {fault !== null && (
        <span class="fault" role="alert">
          <Sentence text={fault} />
        </span>
      )}
    </div>
  );
}

interface FieldProps {
  readonly label: string;
  readonly class: string;
  readonly value: string;
  readonly placeholder: string;
  readonly title: string;
  readonly onInput: (value: string) => void;
}

function Field({ label, value, placeholder, title, onInput, ...rest }: FieldProps) {
  return (
    <label>
      <span>{label}</span>
      <input
        class={rest.class}
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={value}
        placeholder={placeholder}
        title={title}
        onInput={(event) => onInput(event.currentTarget.value.trim())}
      />
    </label>
  );
}
