/**
 * Traces among the files, and what the test that is judged comes to when it is held against the one
 * in front: judged again after every check, on the newest state only.
 */
import { batch, computed, signal } from '@preact/signals';

import { Stopped } from '../engine/engine';
import type { Expectation, Verdicts, Waterfall } from '../wasm/clnrm_wasm';
import { engine, entry, kinds, pane, verdict } from './judge';
import { on } from './on';
import { addFile, change, files, opened, settings } from './session';
import type { TextFile } from './workspace';

/** Characters that a trace may have here. */
export const LARGEST_TRACE = 16 * 1024 * 1024;

/** The files that are traces. */
export const traces = computed(() =>
  files.value.filter(({ name }) => kinds.value.get(name) === 'trace'),
);

/** The trace in front: the chosen one, else the first. */
export const trace = computed((): TextFile | undefined => {
  const { trace: name } = settings.value;
  return traces.value.find((file) => file.name === name) ?? traces.value[0];
});

/** What the test comes to; `null` without a trace, or while it is not known. */
export const verdicts = signal<Verdicts | null>(null);
/** The spans of the trace in front; `null` without a trace, or while it is not read. */
export const waterfall = signal<Waterfall | null>(null);
/** The trace that the core could not get through; it is not asked again until the trace changes. */
export const givenUp = signal<TextFile | null>(null);

/** The expectation in hand, by its key. */
export const chosen = signal<string | null>(null);
/** The span in hand, by its index in the trace. */
export const chosenSpan = signal<number | null>(null);

/** An expectation, and a name by which it is known again after an edit. */
export interface Judged extends Expectation {
  readonly key: string;
}

/** All expectations in order of file; those of other files come last. */
export const expectations = computed((): readonly Judged[] => {
  const seen = new Map<string, number>();
  const keyed = (verdicts.value?.expectations ?? []).map((one): Judged => {
    const name = `${one.kind} ${one.title}`;
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return { ...one, key: `${name} ${before}` };
  });
  const isElsewhere = ({ file }: Judged) => Number(file !== entry.value);
  return keyed.sort((a, b) => isElsewhere(a) - isElsewhere(b) || a.start.offset - b.start.offset);
});

/** How many do not hold. */
export const notHeld = computed(
  () => expectations.value.filter(({ outcome }) => outcome !== 'holds').length,
);

/** Whether there is a trace, and nothing can be held against it. */
export const unjudged = computed(
  () =>
    givenUp.value !== null ||
    (waterfall.value !== null && waterfall.value.fault !== null) ||
    verdicts.value?.valid === false,
);

/** Spans that the expectation in hand is about, and those that it points at. */
export const lit = computed(() => {
  const one = expectations.value.find(({ key }) => key === chosen.value);
  const nearest = one?.failures.flatMap((failed) => failed.nearest?.index ?? []) ?? [];
  return { about: new Set(one?.about), nearest: new Set(nearest) };
});

/** Takes an expectation in hand, or lets go of it. */
export function choose(key: string | null): void {
  batch(() => {
    chosen.value = key;
    const { about, nearest } = lit.value;
    const [first] = [...nearest, ...about];
    if (key !== null) chosenSpan.value = first ?? null;
  });
}

let newest = 0;
let running = false;
/** The trace that `waterfall` shows. */
let drawn: TextFile | undefined;

/** Starts to follow the checks and the choice of a trace. */
export function followTraces(): void {
  on([opened], () => {
    batch(() => {
      verdicts.value = null;
      waterfall.value = null;
      chosen.value = null;
      chosenSpan.value = null;
    });
  });
  on([trace], () => {
    const name = trace.peek()?.name;
    batch(() => {
      givenUp.value = null;
      // While a trace is edited its old rows stay until the new ones are there.
      if (name === drawn?.name) return;
      waterfall.value = null;
      chosenSpan.value = null;
    });
  });
  on([verdict, trace, givenUp], () => {
    newest++;
    if (running) return;
    running = true;
    // The squiggles come first: handing over a trace of megabytes takes its time.
    setTimeout(() => void run());
  });
}

async function run(): Promise<void> {
  let done = 0;
  while (done !== newest) {
    done = newest;
    const file = trace.peek();
    if (!file || givenUp.peek() === file) {
      verdicts.value = null;
      continue;
    }
    try {
      if (drawn !== file) {
        const rows = await engine.ask('waterfall', file.text);
        if (trace.peek() !== file) continue;
        drawn = file;
        waterfall.value = rows;
      }
      const checked = verdict.peek();
      const judged =
        checked.kind === 'report' ? await engine.ask('analyze', checked.entry, file.text) : null;
      if (done === newest) verdicts.value = judged;
    } catch (error) {
      // A file that was removed meanwhile is refused; the check that comes next says what is wrong.
      if (error instanceof Stopped && trace.peek() === file) givenUp.value = file;
    }
  }
  running = false;
}

/** Keeps a trace as a file of the draft, and takes it in front. */
export function addTrace(name: string, text: string): void {
  const free = freeName(name);
  batch(() => {
    addFile(free, text, false);
    change({ trace: free });
    pane.value = 'trace';
  });
}

/** A name that no file has yet, and by which the core knows a trace. */
function freeName(wanted: string): string {
  const [, stem = '', end = '.json'] =
    /^(.*?)(\.(?:json|jsonl|ndjson))?$/s.exec(wanted.replaceAll(/[/\\]/g, '-')) ?? [];
  // Variables go by that name.
  const base = stem === '' || stem === 'vars' ? 'trace' : stem;
  const isTaken = (name: string) => files.peek().some((file) => file.name === name);
  let name = base + end;
  for (let number = 2; isTaken(name); number++) name = `${base}-${number}${end}`;
  return name;
}

/** Takes files of the disk as traces, the last one in front; throws what a person is told. */
export async function openTraces(list: readonly File[]): Promise<void> {
  for (const file of list) {
    if (file.size > LARGEST_TRACE) throw tooLarge(file.name);
    const bytes = await file.arrayBuffer();
    let text;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new Error(
        `${file.name} is not UTF-8 text. The page keeps traces as JSON; clnrm analyze reads protobuf, too.`,
      );
    }
    addTrace(file.name, text);
  }
}

/** Takes pasted text as a trace; throws what a person is told. */
export function pasteTrace(text: string): void {
  if (text.length > LARGEST_TRACE) throw tooLarge('The trace');
  addTrace('trace.json', text);
}

const tooLarge = (name: string) =>
  new Error(
    `${name} is larger than ${LARGEST_TRACE >> 20} MB, which is too much for a page. Use clnrm analyze.`,
  );
