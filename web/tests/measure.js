/**
 * Measures the built page: how many bytes travel, and how long it takes from a key to its squiggle,
 * beside what the command line takes for the same texts (`CLNRM` names it, else the one that was built
 * with optimisations). `npm run measure` prints the tables, `npm run measure -- --write` puts them into
 * docs/performance.md. Not a test: the figures are those of the machine it runs on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

import { launch, newPage } from './browser.js';
import { editor, openExample, says, settled } from './page.js';
import { serve } from './serve.js';

const KEYS = 100;
const WARM_UP = 20;

/** A template of about `size` bytes as people write them: services and scenarios from a loop, and by hand. */
function template(/** @type {number} */ size) {
  let text = `{% set names = ["ada", "grace", "joan"] -%}
[meta]
name = "measured"

[service.box]
image = "alpine:3.20"
args = ["sleep", "300"]
{% for name in names %}
[[scenario]]
name = "greets {{ name }}"
service = "box"
run = "echo {{ name | upper }}"
expected_output_contains = "{{ name | upper }}"
{% endfor %}`;
  const end = '\n[[scenario]]\nname = "the last"\nrun = "true"\n# \nservice = "box"';
  for (let number = 1; text.length + end.length < size; number++) {
    text += `
[[scenario]]
name = "counts to ${number}"
service = "box"
run = "for n in 1 2 ${number}; do echo line {{ names | length }}; done"
expected_output_regex = '(?s)^line 3\\b.*line 3$'
`;
  }
  return text + end;
}

/** Bytes after brotli of the built files whose name ends so. */
function bytes(/** @type {string} */ ending) {
  const folder = fileURLToPath(new URL('../dist/', import.meta.url));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  const sizes = names
    .filter((name) => name.endsWith(ending))
    .map((name) => ({
      name,
      size: brotliCompressSync(readFileSync(folder + name), options).length,
    }));
  return { sizes, sum: sizes.reduce((sum, { size }) => sum + size, 0) };
}

/** @param {readonly number[]} values @param {number} share */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.ceil(sorted.length * share) - 1] ?? NaN).toFixed(1);
}

/**
 * Makes a name wrong by one letter, again and again, each time in a text that was never there before:
 * from the letter's key to its squiggle.
 * @param {import('playwright-core').Page} page
 */
async function waits(page) {
  const press = (/** @type {string} */ key) => page.keyboard.press(key);
  await editor(page).click();
  await press('ControlOrMeta+End');
  await page.evaluate(() => {
    const root = window.document.querySelector('.left .editor')?.shadowRoot;
    if (!root) throw new Error('there is no editor');
    const taken = {
      letter: /** @type {number[]} */ ([]),
      dom: /** @type {number[]} */ ([]),
      frame: /** @type {number[]} */ ([]),
    };
    Object.assign(window, { taken });
    // What was drawn is on screen when the task after the next frame runs.
    const noteFrame = (/** @type {number[]} */ list, /** @type {number} */ from) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => list.push(performance.now() - from);
        port2.postMessage(null);
      });
    let pressed = 0;
    addEventListener(
      'keydown',
      (event) => {
        pressed = event.key === 'x' ? event.timeStamp : 0;
        if (pressed !== 0) noteFrame(taken.letter, pressed);
      },
      true,
    );
    new MutationObserver(() => {
      if (pressed === 0 || root.querySelector('.cm-lintRange-error') === null) return;
      taken.dom.push(performance.now() - pressed);
      noteFrame(taken.frame, pressed);
      pressed = 0;
    }).observe(root, { subtree: true, childList: true, attributes: true });
  });
  for (let key = 0; key < WARM_UP + KEYS; key++) {
    // A comment that grows makes each text a new one.
    for (const way of [
      'Escape',
      'ArrowUp',
      'End',
      String(key % 10),
      'Escape',
      'ArrowDown',
      'End',
      'ArrowLeft',
    ])
      await press(way);
    await page.waitForTimeout(50);
    await press('x');
    await page.waitForFunction((done) => {
      const { taken } = /** @type {{ taken: { frame: number[] } }} */ (
        /** @type {unknown} */ (window)
      );
      return taken.frame.length > done;
    }, key);
    await press('Escape');
    await press('Backspace');
    await press('Escape');
    await page.locator('.left .cm-lintRange-error').waitFor({ state: 'detached' });
  }
  return page.evaluate((from) => {
    const { taken } = /** @type {{ taken: Record<'letter' | 'dom' | 'frame', number[]> }} */ (
      /** @type {unknown} */ (window)
    );
    return {
      letter: taken.letter.slice(from),
      dom: taken.dom.slice(from),
      frame: taken.frame.slice(from),
    };
  }, WARM_UP);
}

/**
 * Notes in the worker how long each check takes there, without the way to and fro.
 * @param {import('playwright-core').Page} page
 */
async function watchCore(page) {
  const [worker] = page.workers();
  if (!worker) throw new Error('there is no worker');
  await worker.evaluate(() => {
    const checks = /** @type {number[]} */ ([]);
    Object.assign(globalThis, { checks });
    const { onmessage } = globalThis;
    const { prototype } = BroadcastChannel;
    const send = /** @type {(this: BroadcastChannel, answer: unknown) => void} */ (
      Reflect.get(prototype, 'postMessage')
    );
    let since = 0;
    const isKnown = (/** @type {unknown} */ answer) =>
      /** @type {{ value?: { cached?: boolean } }} */ (answer).value?.cached === true;
    Object.assign(globalThis, {
      onmessage: (/** @type {MessageEvent<{ method: string }>} */ event) => {
        since = event.data.method === 'check' ? performance.now() : 0;
        onmessage?.call(/** @type {never} */ (globalThis), event);
      },
    });
    prototype.postMessage = function (/** @type {unknown} */ answer) {
      const took = performance.now() - since;
      // Of the texts that were there before, the answer is known.
      if (since !== 0 && !isKnown(answer)) checks.push(took);
      since = 0;
      send.call(this, answer);
    };
  });
  return () =>
    worker.evaluate(
      (from) =>
        /** @type {{ checks: number[] }} */ (/** @type {unknown} */ (globalThis)).checks.slice(
          from,
        ),
      WARM_UP,
    );
}

/** The command line. */
function program() {
  const built = ['release', 'trial'].map((profile) =>
    fileURLToPath(new URL(`../../target/${profile}/clnrm`, import.meta.url)),
  );
  const found = [process.env['CLNRM'] ?? '', ...built].find((path) => path && existsSync(path));
  if (!found) throw new Error('first: cargo build --release -p clnrm-cli');
  return found;
}

/**
 * How long the checks of a template take natively: in a process that goes on, each of a text that was
 * never there before, as in the worker. In milliseconds.
 * @param {string} text
 */
async function native(text) {
  const folder = mkdtempSync(join(tmpdir(), 'clnrm-measure-'));
  const file = join(folder, 'measured.clnrm.toml.tera');
  writeFileSync(file, text);
  const child = spawn(program(), ['watch', '--format', 'json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const took = [];
  for (let edit = 0; edit < WARM_UP + KEYS; edit++) {
    const line = /** @type {IteratorResult<string>} */ (await lines.next());
    const pass = parsed(line.done ? 'null' : line.value);
    took.push((pass.report.files[0]?.timings_us.total ?? NaN) / 1000);
    writeFileSync(file, `${text}\n# ${edit}`);
  }
  child.kill();
  await once(child, 'exit');
  rmSync(folder, { recursive: true });
  return took.slice(WARM_UP);
}

/**
 * A line of `watch --format json`.
 * @typedef {{ report: { files: { timings_us: { total: number } }[] } }} Pass
 */
function parsed(/** @type {string} */ line) {
  /** @type {unknown} */
  const value = JSON.parse(line);
  return /** @type {Pass} */ (value);
}

const kilobytes = (/** @type {number} */ size) => `${(size / 1024).toFixed(1)} KB`;
const milliseconds = (/** @type {string} */ figure) => `${figure} ms`;

function sizes() {
  const rows = [
    ['WebAssembly', '.wasm', '350 KB'],
    ['scripts', '.js', '250 KB'],
    ['styles', '.css', ''],
  ].flatMap(([what = '', ending = '', budget = '']) => {
    const { sizes, sum } = bytes(ending);
    const parts = sizes.length > 1 ? sizes : [];
    return [
      `| ${what} | ${kilobytes(sum)} | ${budget} |`,
      // Names without the digest that changes with each build.
      ...parts.map(
        ({ name, size }) =>
          `| … ${name.replace(/^assets\//, '').replace(/-[\w-]{8}\./, '.')} | ${kilobytes(size)} | |`,
      ),
    ];
  });
  return ['| | after brotli | budget |', '|---|--:|--:|', ...rows].join('\n');
}

/** @param {import('playwright-core').Browser} browser @param {string} url */
async function keys(browser, url) {
  const rows = [];
  for (const size of [1, 10, 100]) {
    const { context, page } = await newPage(browser);
    await page.goto(url);
    await settled(page);
    await openExample(page, 'Basics');
    await page.getByRole('button', { name: 'Drafts', exact: true }).click();
    await page.getByLabel('Open files from your disk').setInputFiles({
      name: 'measured.clnrm.toml.tera',
      mimeType: 'text/plain',
      buffer: Buffer.from(template(size * 1024)),
    });
    await says(page, 'No problems');
    const checked = await watchCore(page);
    const { letter, dom, frame } = await waits(page);
    const natively = await native(template(size * 1024));
    const figures = [natively, await checked(), letter, dom, frame].flatMap((values) => [
      quantile(values, 0.5),
      quantile(values, 0.95),
    ]);
    rows.push(`| ${size} KB | ${figures.map(milliseconds).join(' | ')} |`);
    await context.close();
  }
  return [
    '| | native check, p50 | p95 | check, p50 | p95 | letter on screen, p50 | p95 | squiggle in the page, p50 | p95 | squiggle on screen, p50 | p95 |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows,
  ].join('\n');
}

/** @param {import('playwright-core').Browser} browser @param {string} url */
async function start(browser, url) {
  const { context, page } = await newPage(browser);
  await page.goto(url);
  await settled(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const starts = [];
  for (let visit = 0; visit < 20; visit++) {
    await page.reload();
    await settled(page);
    starts.push(
      await page.evaluate(() => performance.getEntriesByName('first verdict')[0]?.startTime ?? NaN),
    );
  }
  await context.close();
  return [
    '| | p50 | p95 | budget |',
    '|---|--:|--:|--:|',
    `| first verdict after navigation, warm cache | ${quantile(starts, 0.5)} ms | ${quantile(starts, 0.95)} ms | 500 ms |`,
  ].join('\n');
}

const served = await serve();
const browser = await launch();
const tables = {
  'page-sizes': sizes(),
  'page-keys': await keys(browser, served.url),
  'page-start': await start(browser, served.url),
};
await browser.close();
await served.close();

const page = new URL('../../docs/performance.md', import.meta.url);
let text = process.argv.includes('--write') ? readFileSync(page, 'utf8') : '';
for (const [name, table] of Object.entries(tables)) {
  console.log(`${table}\n`);
  const [before, rest] = text.split(`<!-- table: ${name} -->\n`);
  const after = rest?.slice(rest.indexOf('<!-- /table -->'));
  if (after !== undefined) text = `${before}<!-- table: ${name} -->\n${table}\n${after}`;
}
if (text !== '') writeFileSync(page, text);
