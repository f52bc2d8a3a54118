/** What a person works on, as plain data: what is kept over a reload and travels in a link. */
import type { Level } from '../wasm/clnrm_wasm';

export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** How the files are judged. Empty text: not set. */
export interface Settings {
  readonly level: Level;
  readonly seed: string;
  /** RFC 3339. */
  readonly clock: string;
  /** The chosen values of a matrix. */
  readonly matrix: Readonly<Record<string, string>>;
  /** The trace that expectations are held against: the name of its file. */
  readonly trace: string;
}

export interface Workspace {
  readonly files: readonly TextFile[];
  /** The name of the file in front. */
  readonly active: string;
  readonly settings: Settings;
}

export const DEFAULT_SETTINGS: Settings = {
  level: 'structure',
  seed: '',
  clock: '',
  matrix: {},
  trace: '',
};

const LEVELS: readonly string[] = ['syntax', 'semantic', 'structure'] satisfies Level[];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads a workspace out of data from outside (a link, the browser's storage): what is no workspace
 * gives `undefined`, settings that are unknown their defaults.
 */
export function readWorkspace(data: unknown): Workspace | undefined {
  if (!isRecord(data) || !Array.isArray(data['files'])) return undefined;
  const files: TextFile[] = [];
  for (const file of data['files'] as unknown[]) {
    if (!isRecord(file)) return undefined;
    const { name, text } = file;
    if (typeof name !== 'string' || typeof text !== 'string') return undefined;
    if (name !== '' && !files.some((other) => other.name === name)) files.push({ name, text });
  }
  const [first] = files;
  if (!first) return undefined;
  const active = files.some((file) => file.name === data['active'])
    ? (data['active'] as string)
    : first.name;
  return { files, active, settings: readSettings(data['settings']) };
}

function readSettings(data: unknown): Settings {
  if (!isRecord(data)) return DEFAULT_SETTINGS;
  const { level, seed, clock, matrix, trace } = data;
  const chosen = isRecord(matrix) ? Object.entries(matrix) : [];
  return {
    level: typeof level === 'string' && LEVELS.includes(level) ? (level as Level) : 'structure',
    seed: typeof seed === 'string' ? seed : '',
    clock: typeof clock === 'string' ? clock : '',
    matrix: Object.fromEntries(
      chosen.filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    ),
    trace: typeof trace === 'string' ? trace : '',
  };
}

/** Whether both hold the same files and settings; which file is in front does not matter. */
export function sameContent(a: Workspace, b: Workspace): boolean {
  const content = ({ files, settings }: Workspace) => JSON.stringify([files, settings]);
  return content(a) === content(b);
}
