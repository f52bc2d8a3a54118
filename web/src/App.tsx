/** The page: bar above, files on the left, what the core says of them on the right. */
import { computed, signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';

import { Bar, dialog } from './bar/Bar';
import { Dialogs } from './bar/dialogs';
import { FileTabs } from './bar/FileTabs';
import { Status } from './bar/Status';
import { SourceEditor } from './editor/SourceEditor';
import { Empty } from './panes/Empty';
import { Explanation } from './panes/Explanation';
import { Problems } from './panes/Problems';
import { RenderedPane } from './panes/RenderedPane';
import { Statistics } from './panes/Statistics';
import { TracePane } from './panes/TracePane';
import { diagnostics, engine, pane, report, type Pane } from './state/judge';
import { notice, wrong } from './state/notice';
import { notHeld, unjudged } from './state/traces';
import { Close } from './ui/icons';
import { Splitter } from './ui/Splitter';
import { Tabs } from './ui/Tabs';

/** With its layout library, fetched when it is first shown. */
const graphPane = signal<FunctionComponent | null>(null);

function LateGraphPane() {
  const GraphPane = graphPane.value;
  useEffect(() => {
    import('./panes/GraphPane').then(
      (module) => (graphPane.value = module.GraphPane),
      () => wrong('The drawing could not be fetched; is there a network?'),
    );
  }, []);
  return GraphPane ? <GraphPane /> : <Empty title="Drawing…" />;
}

/** Share of the width that the files take. */
const split = signal(0.5);

const PANES: readonly { readonly id: Pane; readonly label: string }[] = [
  { id: 'rendered', label: 'Rendered' },
  { id: 'problems', label: 'Problems' },
  { id: 'graph', label: 'Graph' },
  { id: 'trace', label: 'Trace' },
  { id: 'statistics', label: 'Statistics' },
];

const problemCount = computed(() => {
  const current = report.value;
  return diagnostics.value.length + (current?.omitted ?? 0);
});

/** What a tab counts: problems, expectations that do not hold; a mark where none could be judged. */
const marks = computed((): Partial<Record<Pane, number | string>> => ({
  problems: problemCount.value,
  trace: notHeld.value || (unjudged.value ? '!' : 0),
}));

export function App() {
  const state = engine.state.value;
  return (
    <div
      class="page"
      onKeyDown={(event) => {
        if (event.key !== 'F1') return;
        event.preventDefault();
        dialog.value = 'help';
      }}
    >
      <Bar />
      {typeof state === 'object' && (
        <p class="banner" role="alert">
          The checker could not be started: this browser cannot run WebAssembly here, or its file
          could not be fetched ({state.failed}). You can still edit, download and share.
        </p>
      )}
      <NoticeLine />
      <main class="work" style={{ '--split': split.value }}>
        <section class="left" aria-label="Files">
          <FileTabs />
          <div class="sheet" id="editor" role="tabpanel" aria-label="Editor">
            <SourceEditor />
          </div>
          <Status />
        </section>
        <Splitter value={split} />
        <section class="right" aria-label="Results">
          <div class="tab-row">
            <Tabs
              label="Results"
              controls="pane"
              current={pane.value}
              onSelect={(id) => (pane.value = id as Pane)}
              tabs={PANES.map(({ id, label }) => ({
                id,
                label: marks.value[id] ? (
                  <>
                    {label} <span class="number">{marks.value[id]}</span>
                  </>
                ) : (
                  label
                ),
              }))}
            />
          </div>
          <div
            class="sheet"
            id="pane"
            role="tabpanel"
            aria-label={PANES.find(({ id }) => id === pane.value)?.label}
          >
            {pane.value === 'rendered' && <RenderedPane />}
            {pane.value === 'problems' && <Problems />}
            {pane.value === 'graph' && <LateGraphPane />}
            {pane.value === 'trace' && <TracePane />}
            {pane.value === 'statistics' && <Statistics />}
          </div>
        </section>
      </main>
      <Dialogs />
      <Explanation />
    </div>
  );
}

function NoticeLine() {
  const current = notice.value;
  return (
    <div class="notice-place" role="status" aria-live="polite">
      {current && (
        <p class={`notice ${current.kind}`}>
          <span>{current.text}</span>
          <button
            type="button"
            class="quiet square"
            aria-label="Close the message"
            onClick={() => (notice.value = null)}
          >
            <Close />
          </button>
        </p>
      )}
    </div>
  );
}
