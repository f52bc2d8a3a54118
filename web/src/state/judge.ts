/**
 * What the core says of the session: asked again after every change, on the newest state only.
 *
 * One check is under way at a time. A change while it runs makes its result old: it is dropped, and
 * the newest state is checked next. What a pane shows beyond the report is asked for when the pane
 * is in front.
 */
import { computed, effect, signal } from '@preact/signals';

import { Engine, Stopped } from '../engine/engine';
import type { Diagnostic, FileKind, FileReport, Graph, Rendered, Stats } from '../wasm/clnrm_wasm';
import { wrong } from './notice';
import { on } from './on';
import { active, addBuiltIn, files, goTo, settings, tabs } from './session';
import { noteVerdict } from './timing';

export type Pane = 'rendered' | 'problems' | 'graph' | 'trace' | 'statistics';

export const engine = new Engine();
/** The pane in front. */
export const pane = signal<Pane>('rendered');

/** What a check gave, or why it gave nothing. */
export type Verdict =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'report';
      readonly entry: string;
      readonly report: FileReport;
      /** Of the report, and of the files that hold settings for all tests. */
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly kind: 'stopped'; readonly entry: string; readonly reason: 'slow' | 'broken' }
  | { readonly kind: 'refused'; readonly entry: string; readonly message: string };

export const verdict = signal<Verdict>({ kind: 'none' });
export const rendered = signal<Rendered | null>(null);
export const graph = signal<Graph | null>(null);
export const stats = signal<Stats | null>(null);

export const report = computed(() => {
  const current = verdict.value;
  return current.kind === 'report' ? current.report : null;
});

export const diagnostics = computed(() => {
  const current = verdict.value;
  return current.kind === 'report' ? current.diagnostics : [];
});

/** The combinations of the judged file's matrix; all of them, also while one is chosen. */
export const combinations = signal<readonly Readonly<Record<string, string>>[]>([]);
/** What the core says of settings that it does not take; those before hold. */
export const settingsFault = signal<string | null>(null);

/** What each file is for, as the core says. */
export const kinds = signal<ReadonlyMap<string, FileKind>>(new Map());

/**
 * The file that is judged: the one in front if it is a test, else the test that was last in front,
 * so that a library is edited with the problems of the test that uses it in view.
 */
export const entry = signal('');

let newest = 0;
let running = false;

/** Starts to follow the session. */
export function follow(): void {
  const told = new Map<string, string>();
  effect(() => {
    const names = new Set(files.value.map((file) => file.name));
    for (const name of [...told.keys()]) {
      if (names.has(name)) continue;
      told.delete(name);
      engine.untell(`file ${name}`, 'removeFile', name);
    }
    for (const { name, text } of files.value) {
      if (told.get(name) === text) continue;
      if (!told.has(name)) learnKind(name);
      told.set(name, text);
      engine.tell(`file ${name}`, 'setFile', name, text).catch((error: unknown) => {
        if (!(error instanceof Stopped)) wrong(said(error));
      });
    }
  });
  effect(() => {
    const { level, seed, clock, matrix } = settings.value;
    const options = { level, seed: seed || null, freezeClock: clock || null, matrix };
    engine.tell('options', 'setOptions', options).then(
      () => (settingsFault.value = null),
      (error: unknown) => {
        if (!(error instanceof Stopped)) settingsFault.value = said(error);
      },
    );
  });
  on([active, files, kinds], chooseEntry);
  on([entry], () => (combinations.value = []));
  on([files, settings, entry], () => {
    newest++;
    if (!running) void run();
  });
  on([pane], () => void look(newest));
}

const said = (error: unknown) => (error instanceof Error ? error.message : String(error));

function learnKind(name: string): void {
  engine.ask('kind', name).then(
    (kind) => (kinds.value = new Map(kinds.peek()).set(name, kind)),
    // Asked again with the next file; until then it is as good as a test.
    () => undefined,
  );
}

function chooseEntry(): void {
  const isTest = (name: string) => (kinds.value.get(name) ?? 'test') === 'test';
  const names = files.value.map(({ name }) => name);
  if (names.includes(active.value) && isTest(active.value)) entry.value = active.value;
  else if (!names.includes(entry.value) || !isTest(entry.value)) {
    entry.value = names.find(isTest) ?? active.value;
  }
}

async function run(): Promise<void> {
  running = true;
  let done = 0;
  while (done !== newest) {
    done = newest;
    const result = await check(entry.peek());
    if (done !== newest) continue;
    verdict.value = result;
    if (result.kind === 'report') noteCombinations(result.report);
    noteVerdict();
    await look(done);
  }
  running = false;
}

async function check(name: string): Promise<Verdict> {
  const holdForAll = files
    .peek()
    .map((file) => file.name)
    .filter(
      (other) => other !== name && /^(project|variables)$/.test(kinds.peek().get(other) ?? ''),
    );
  try {
    const [report, ...others] = await Promise.all(
      [name, ...holdForAll].map((file) => engine.ask('check', file)),
    );
    if (!report) return { kind: 'none' };
    const diagnostics = [report, ...others].flatMap((one) => one.diagnostics);
    return { kind: 'report', entry: name, report, diagnostics };
  } catch (error) {
    return error instanceof Stopped
      ? { kind: 'stopped', entry: name, reason: error.reason }
      : { kind: 'refused', entry: name, message: said(error) };
  }
}

function noteCombinations({ renders }: FileReport): void {
  const chosen = Object.keys(settings.peek().matrix).length > 0;
  if (chosen && renders) return;
  combinations.value = (renders ?? []).map(({ matrix }) =>
    Object.fromEntries(Object.entries(matrix).map(([name, value]) => [name, String(value)])),
  );
}

/** Fetches what the pane in front shows; drops it if something changed meanwhile. */
async function look(at: number): Promise<void> {
  const current = verdict.peek();
  if (current.kind !== 'report') return;
  try {
    if (pane.peek() === 'rendered') {
      const text = (await engine.ask('rendered', current.entry)) ?? null;
      for (const name of text?.map.files ?? []) await knowSource(name);
      if (at === newest) rendered.value = text;
    } else if (pane.peek() === 'graph') {
      const model = (await engine.ask('graph', current.entry)) ?? null;
      if (at === newest) graph.value = model;
    } else if (pane.peek() === 'statistics') {
      const numbers = await engine.ask('stats');
      if (at === newest) stats.value = numbers;
    }
  } catch {
    // The check that comes next says what is wrong.
  }
}

/** Texts of files that came with the core, by name. */
const library = new Map<string, string>();

/** The text of a file: a person's own, or one that came with the core. */
export const sourceOf = (name: string): string | undefined =>
  files.peek().find((file) => file.name === name)?.text ?? library.get(name);

async function knowSource(name: string): Promise<void> {
  if (sourceOf(name) !== undefined) return;
  const text = await engine.ask('source', name);
  if (text !== undefined) library.set(name, text);
}

/** Shows a place, in a tab that is opened for it if it stands in a file of the core. */
export async function openPlace(
  file: string,
  from: number,
  to = from,
  focus = true,
): Promise<void> {
  if (!tabs.peek().some(({ name }) => name === file)) {
    await knowSource(file).catch(() => undefined);
    const text = library.get(file);
    if (text === undefined) return;
    addBuiltIn({ name: file, text });
  }
  goTo(file, from, to, focus);
}
