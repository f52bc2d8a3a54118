// Judges files with the browser's build of the core: node parity.mjs BINDINGS ROOT < names
//
// BINDINGS is the folder that `cargo wasm` wrote; ROOT the folder of the files. Standard input is a
// JSON object: `files`, the names of all files; `check`, those to judge; `analyze`, pairs of a test and
// a trace to hold it against; `options`. The answer is a JSON object: `reports` by name, null for a file
// that is not UTF-8; `verdicts`, in the order of the pairs.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [bindings, root] = process.argv.slice(2);
const { initSync, Playground } = await import(pathToFileURL(resolve(bindings, 'clnrm_wasm.js')).href);
initSync({ module: readFileSync(join(bindings, 'clnrm_wasm_bg.wasm')) });

const { files, check = [], analyze = [], options } = JSON.parse(readFileSync(0, 'utf8'));
const playground = new Playground();
playground.setOptions(options);
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const unread = new Set();
for (const name of files) {
  try {
    playground.setFile(name, decoder.decode(readFileSync(join(root, name))));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    unread.add(name);
  }
}
const reports = {};
for (const name of check) reports[name] = unread.has(name) ? null : playground.check(name);
// As bytes, since some are no text.
const verdicts = analyze.map(([test, trace]) =>
  playground.analyze(test, new Uint8Array(readFileSync(join(root, trace)))),
);
process.stdout.write(JSON.stringify({ reports, verdicts }));
