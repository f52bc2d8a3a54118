/** Files onto the person's disk, and from it. */
import { files, open, workspace } from '../state/session';
import { DEFAULT_SETTINGS, readWorkspace, type TextFile } from '../state/workspace';

/** The kind of file that holds a whole workspace. */
const SUFFIX = '.clnrm-playground.json';

const baseName = (name: string) => name.slice(name.lastIndexOf('/') + 1);

/** One file as it is; several as one that the playground opens again. */
export function downloadFiles(): void {
  const [only, ...others] = files.peek();
  if (!only) return;
  if (others.length === 0) save(baseName(only.name), only.text);
  else
    save(
      `${baseName(only.name).split('.')[0] || 'files'}${SUFFIX}`,
      JSON.stringify(workspace(), null, 2),
    );
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the data by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Opens files of the disk as a new draft. */
export async function openFiles(list: readonly File[]): Promise<void> {
  const texts = await Promise.all(list.map(read));
  const [first] = texts;
  if (!first) return;
  const whole =
    texts.length === 1 && first.name.endsWith(SUFFIX) && readWorkspace(parse(first.text));
  open(whole || { files: texts, active: first.name, settings: DEFAULT_SETTINGS }, first.name);
}

async function read(file: File): Promise<TextFile> {
  const bytes = await file.arrayBuffer();
  try {
    return {
      name: file.name,
      text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
    };
  } catch {
    throw new Error(`${file.name} is not UTF-8 text`);
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
