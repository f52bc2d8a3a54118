/**
 * The one state of the page: the files, which of them is in front, the settings, and which draft
 * they are. Everything else is derived from it or, in `judge.ts`, asked of the core.
 */
import { batch, computed, signal } from '@preact/signals';

import { newId } from '../id';
import {
  currentDraft,
  listDrafts,
  loadDraft,
  onForeignWrite,
  saveDraft,
  deleteDraft,
  type Draft,
} from './drafts';
import { noteEdit } from './timing';
import { DEFAULT_SETTINGS, type Settings, type TextFile, type Workspace } from './workspace';

/** How long after an edit it is kept; leaving the page keeps it at once. */
const SAVE_AFTER_MS = 300;

export const files = signal<readonly TextFile[]>([]);
/** Files of the core that were opened to read; they are no part of the draft. */
export const builtIns = signal<readonly TextFile[]>([]);
export const active = signal('');
export const settings = signal<Settings>(DEFAULT_SETTINGS);
export const draft = signal<Draft>({ id: '', title: '', at: 0, untouched: true });
/** Whether the last attempt to keep the draft found room. */
export const kept = signal(true);
/** Grows when files are replaced as a whole: editors then forget what they knew of them. */
export const opened = signal(0);

/** All that have a tab. */
export const tabs = computed(() => [...files.value, ...builtIns.value]);
export const activeFile = computed(() => tabs.value.find((file) => file.name === active.value));

/** A place to bring into view; a new object each time. */
export interface Target {
  readonly file: string;
  /** UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** Whether the keyboard goes there too. */
  readonly focus: boolean;
}
export const target = signal<Target | null>(null);

export const workspace = (): Workspace => ({
  files: files.peek(),
  active: active.peek(),
  settings: settings.peek(),
});

/** Opens a workspace beside what is there: it becomes a draft of its own. */
export function open(content: Workspace, title: string): void {
  const before = draft.peek();
  save();
  // What was only looked at needs no keeping.
  if (before.untouched && before.id !== '') deleteDraft(before.id);
  show(content, { id: newId(), title, at: Date.now(), untouched: true });
  save();
}

/** Goes on with a draft; false if it is no longer there. */
export function resume(id: string): boolean {
  const known = listDrafts().find((other) => other.id === id);
  const content = known && loadDraft(id);
  if (!content) return false;
  save();
  show(content, known);
  save();
  return true;
}

/** Goes on with the draft of this tab, if there is one. */
export function resumeCurrent(): boolean {
  const current = currentDraft();
  return current !== undefined && resume(current.id);
}

function show(content: Workspace, as: Draft): void {
  batch(() => {
    files.value = content.files;
    builtIns.value = [];
    active.value = content.active;
    settings.value = content.settings;
    draft.value = as;
    target.value = null;
    opened.value++;
  });
}

export function setText(name: string, text: string): void {
  noteEdit();
  files.value = files.peek().map((file) => (file.name === name ? { name, text } : file));
  touch();
}

/** Adds a file, and shows it unless what is in front is to stay there. */
export function addFile(name: string, text = '', show = true): void {
  batch(() => {
    files.value = [...files.peek(), { name, text }];
    if (show) active.value = name;
  });
  touch();
}

export function renameFile(from: string, to: string): void {
  batch(() => {
    files.value = files.peek().map((file) => (file.name === from ? { ...file, name: to } : file));
    if (active.peek() === from) active.value = to;
    if (settings.peek().trace === from) settings.value = { ...settings.peek(), trace: to };
  });
  touch();
}

export function removeFile(name: string): void {
  const index = files.peek().findIndex((file) => file.name === name);
  const rest = files.peek().filter((file) => file.name !== name);
  const next = rest[Math.min(index, rest.length - 1)];
  if (!next) return;
  batch(() => {
    files.value = rest;
    if (active.peek() === name) active.value = next.name;
  });
  touch();
}

/** Opens a file of the core to read. */
export function addBuiltIn(file: TextFile): void {
  if (!builtIns.peek().some(({ name }) => name === file.name)) {
    builtIns.value = [...builtIns.peek(), file];
  }
}

export function closeBuiltIn(name: string): void {
  batch(() => {
    builtIns.value = builtIns.peek().filter((file) => file.name !== name);
    if (active.peek() === name) active.value = files.peek()[0]?.name ?? '';
  });
}

export function activate(name: string): void {
  if (!tabs.peek().some((file) => file.name === name)) return;
  active.value = name;
  saveSoon();
}

export function change(changes: Partial<Settings>): void {
  settings.value = { ...settings.peek(), ...changes };
  touch();
}

/** Shows a place, in its file's tab. */
export function goTo(file: string, from: number, to = from, focus = true): void {
  batch(() => {
    activate(file);
    target.value = { file, from, to, focus };
  });
}

function touch(): void {
  if (draft.peek().untouched) draft.value = { ...draft.peek(), untouched: false };
  saveSoon();
}

let saving: ReturnType<typeof setTimeout> | undefined;

function saveSoon(): void {
  saving ??= setTimeout(save, SAVE_AFTER_MS);
}

/** Keeps the draft now. */
export function save(): void {
  clearTimeout(saving);
  saving = undefined;
  if (draft.peek().id === '') return;
  kept.value = saveDraft({ ...draft.peek(), at: Date.now() }, workspace());
}

/** Keeps what was written when the page is left, and apart from what other tabs write. */
export function keepSafe(): void {
  addEventListener('pagehide', save);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') save();
  });
  onForeignWrite(
    () => draft.peek().id,
    () => {
      draft.value = { ...draft.peek(), id: newId() };
      saveSoon();
    },
  );
}
