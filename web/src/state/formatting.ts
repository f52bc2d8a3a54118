/** Puts a file into its usual layout. */
import { mend, type Change } from './fixing';
import { engine } from './judge';
import { done, wrong } from './notice';
import { files } from './session';

/** Formats a file, if it can be, and says what came of it. */
export async function format(name: string): Promise<void> {
  const before = textOf(name);
  if (before === undefined) return;
  if (name.endsWith('.tera')) {
    wrong('A template is left alone: its white space is text.');
    return;
  }
  const after = await engine.ask('format', name).catch(() => undefined);
  // Typed on meanwhile: what came is of another text.
  if (textOf(name) !== before) return;
  if (after === undefined) wrong(`${name} is not formatted: it is no TOML.`);
  else if (after === before) done(`${name} has its usual layout.`);
  else mend({ file: name, changes: [difference(before, after)] });
}

const textOf = (file: string) => files.peek().find(({ name }) => name === file)?.text;

/** The shortest single change from one text to the other: the cursor stays where it is. */
function difference(before: string, after: string): Change {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from += 1;
  let same = 0;
  while (
    same < shorter - from &&
    before[before.length - 1 - same] === after[after.length - 1 - same]
  ) {
    same += 1;
  }
  const to = before.length - same;
  return { from, to, insert: after.slice(from, after.length - same) };
}
