/**
 * Drafts in the browser's storage. Each tab works on one; what is opened from a link or the gallery
 * becomes a draft of its own, so nothing that a person wrote is ever written over.
 */
import { local, tab } from './storage';
import { readWorkspace, type Workspace } from './workspace';

const INDEX = 'clnrm.drafts';
const CURRENT = 'clnrm.current';
const key = (id: string) => `clnrm.draft.${id}`;

export interface Draft {
  readonly id: string;
  readonly title: string;
  /** When it was last written, in milliseconds since 1970. */
  readonly at: number;
  /** Opened and not changed since: it can be had again from where it came. */
  readonly untouched: boolean;
}

/** All drafts, the newest first. */
export function listDrafts(): Draft[] {
  const list = parse(local.getItem(INDEX));
  if (!Array.isArray(list)) return [];
  return list.filter(isDraft).sort((a, b) => b.at - a.at);
}

/** The draft that this tab last worked on, else the one that any tab did. */
export function currentDraft(): Draft | undefined {
  const id = tab.getItem(CURRENT);
  const drafts = listDrafts();
  return drafts.find((draft) => draft.id === id) ?? drafts[0];
}

export function loadDraft(id: string): Workspace | undefined {
  return readWorkspace(parse(local.getItem(key(id))));
}

/** Keeps a draft, as the one that this tab works on. False: the browser has no room for it. */
export function saveDraft(draft: Draft, workspace: Workspace): boolean {
  try {
    local.setItem(key(draft.id), JSON.stringify(workspace));
    writeIndex([draft, ...listDrafts().filter((other) => other.id !== draft.id)]);
    tab.setItem(CURRENT, draft.id);
    return true;
  } catch {
    return false;
  }
}

export function deleteDraft(id: string): void {
  local.removeItem(key(id));
  writeIndex(listDrafts().filter((draft) => draft.id !== id));
}

/** Calls back when another tab writes the draft that `id()` names. */
export function onForeignWrite(id: () => string, callback: () => void): void {
  addEventListener('storage', (event) => {
    if (event.key === key(id()) && event.newValue !== null) callback();
  });
}

function writeIndex(drafts: readonly Draft[]): void {
  local.setItem(INDEX, JSON.stringify(drafts));
}

function parse(json: string | null): unknown {
  try {
    return JSON.parse(json ?? 'null');
  } catch {
    return null;
  }
}

function isDraft(value: unknown): value is Draft {
  const draft = value as Partial<Draft> | null;
  return (
    typeof draft?.id === 'string' && typeof draft.title === 'string' && typeof draft.at === 'number'
  );
}
