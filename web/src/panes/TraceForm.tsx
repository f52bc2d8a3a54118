/** Where a trace comes from: pasted, dropped, chosen from the disk, or the example. */
import { signal } from '@preact/signals';

import { exampleNamed, loadExample } from '../state/gallery';
import { wrong } from '../state/notice';
import { open } from '../state/session';
import { pasteTrace } from '../state/traces';

interface Props {
  readonly onFiles: (list: readonly File[]) => void;
  readonly onDone: () => void;
  /** Whether there is no trace yet. */
  readonly isFirst: boolean;
}

const typed = signal('');

const said = (error: unknown) => wrong(error instanceof Error ? error.message : String(error));

export function TraceForm({ onFiles, onDone, isFirst }: Props) {
  const take = (text: string) => {
    try {
      pasteTrace(text);
      typed.value = '';
      onDone();
    } catch (error) {
      said(error);
    }
  };
  return (
    <form
      class="trace-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.value.trim() !== '') take(typed.value);
      }}
    >
      <h2>{isFirst ? 'Hold the test against a trace' : 'Another trace'}</h2>
      <p>
        Paste the spans that your program emitted, or drop a file on this pane: OTLP as JSON, as a
        Collector’s file exporter or an SDK writes it, or one span a line. What the test expects is
        judged at once, and again with every edit. The trace stays in your browser.
      </p>
      <textarea
        aria-label="A trace as JSON"
        placeholder={'{"resourceSpans": [ … ]}'}
        spellcheck={false}
        autocomplete="off"
        rows={6}
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
        onPaste={(event) => {
          const text = event.clipboardData?.getData('text/plain') ?? '';
          if (typed.value !== '' || text.trim() === '') return;
          // At once, and not through the field: megabytes of text would make it stutter.
          event.preventDefault();
          take(text);
        }}
      />
      <p class="row">
        <button type="submit" class="primary" disabled={typed.value.trim() === ''}>
          Use this trace
        </button>
        <label class="plain file">
          Choose a file
          <input
            type="file"
            class="unseen"
            multiple
            accept=".json,.jsonl,.ndjson"
            onChange={(event) => {
              const list = [...(event.currentTarget.files ?? [])];
              if (list.length > 0) onFiles(list);
            }}
          />
        </label>
        {!isFirst && (
          <button type="button" class="plain" onClick={onDone}>
            Cancel
          </button>
        )}
      </p>
      {isFirst && (
        <p class="hint">
          No trace at hand?{' '}
          <button type="button" class="link-like" onClick={openExample}>
            Open a test and its traces
          </button>
        </p>
      )}
    </form>
  );
}

function openExample(): void {
  const example = exampleNamed('A test and its traces');
  if (example) loadExample(example).then((content) => open(content, example.title), said);
}
