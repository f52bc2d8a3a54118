import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  copy,
  copyLink,
  GOOD,
  editor,
  fileNames,
  openExample,
  says,
  settled,
  showPane,
  textOf,
  visit,
  write,
} from './page.js';
import { needs, setUp, world } from './suite.js';

/** @typedef {import('playwright-core').Page} Page */

setUp();

/** A test that expects a span, and that it is below another one. */
const EXPECTING = `${GOOD}
[[expect.span]]
name = "pay"
kind = "server"

[expect.graph]
must_include = [["buy", "pay"]]
`;

/** A payment within a purchase; the payment is a client, not a server. */
const TRACE = JSON.stringify({
  spans: [
    { ...times(0, 9e6), trace_id: 't', span_id: 'a', name: 'buy', kind: 'server' },
    {
      ...times(2e6, 5e6),
      trace_id: 't',
      span_id: 'b',
      parent_span_id: 'a',
      name: 'pay',
      kind: 'client',
    },
  ],
});

/**
 * @param {number} from nanoseconds
 * @param {number} to nanoseconds
 */
function times(from, to) {
  const begin = 1735689600000000000n;
  return {
    start_time_unix_nano: String(begin + BigInt(from)),
    end_time_unix_nano: String(begin + BigInt(to)),
  };
}

/**
 * Pastes into the pane, as from another program.
 * @param {Page} page
 * @param {string} text
 */
async function paste(page, text) {
  await copy(page, text);
  await page.getByRole('textbox', { name: 'A trace as JSON' }).click();
  await page.keyboard.press('ControlOrMeta+v');
}

/**
 * Drops a file on the pane.
 * @param {Page} page
 * @param {string} name
 * @param {string} text
 */
async function drop(page, name, text) {
  const data = await page.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text ?? ''], name ?? ''));
      return data;
    },
    [name, text],
  );
  const pane = page.locator('.trace');
  await pane.dispatchEvent('dragover', { dataTransfer: data });
  await pane.dispatchEvent('drop', { dataTransfer: data });
}

/** Each expectation with its verdict, in order. @param {Page} page */
const judged = (page) =>
  page
    .locator('.expectation')
    .evaluateAll((items) =>
      items.map((item) => [
        item.querySelector('.message')?.textContent,
        item.querySelector('.mark')?.getAttribute('aria-label'),
      ]),
    );

/**
 * Waits for the verdicts on a test that has `EXPECTING` as its text.
 * @param {Page} page
 * @param {string} ofSpan
 */
async function awaits(page, ofSpan) {
  await page.locator(`.expectation.${ofSpan}`, { hasText: 'span pay' }).waitFor();
}

/** A test that expects something, and a trace that it fails. @param {Page} page */
async function judgedTest(page) {
  await openExample(page, 'Basics');
  await write(page, EXPECTING);
  await showPane(page, 'Trace');
  await page.getByRole('heading', { name: 'Hold the test against a trace' }).waitFor();
  await paste(page, TRACE);
  await awaits(page, 'fails');
}

/**
 * How far the mark of an outcome is above or below the line with `text`, in pixels.
 * @param {Page} page
 * @param {string} outcome
 * @param {string} text
 */
async function distance(page, outcome, text) {
  const mark = await page.locator(`.left .cm-verdict.${outcome}`).first().boundingBox();
  const line = await page.locator('.left .cm-line', { hasText: text }).first().boundingBox();
  assert.ok(mark && line);
  return Math.abs(mark.y + mark.height / 2 - (line.y + line.height / 2));
}

test('a pasted trace is judged at once, and again while the expectation is edited', async () => {
  await visit(world.browser, world.url, async (page) => {
    await judgedTest(page);
    assert.deepEqual(await judged(page), [
      ['span pay', 'fails'],
      ['edge buy → pay', 'holds'],
    ]);
    assert.deepEqual(await fileNames(page), ['basics.clnrm.toml', 'trace.json']);
    const rows = page.getByRole('listbox', { name: 'Spans' }).getByRole('option');
    assert.equal(await rows.count(), 2);
    assert.equal(await rows.nth(1).textContent(), 'pay, client, level 23 ms');

    // The gutter says the same, on the line of the expectation.
    assert.ok((await distance(page, 'fails', 'name = "pay"')) < 4);
    const mark = page.locator('.left .cm-verdict.fails');
    assert.match((await mark.getAttribute('aria-label')) ?? '', /^span `pay` fails\n.*kind/);

    // A line above moves it; another kind turns it green.
    await write(page, `# a line above\n${EXPECTING}`);
    await page.locator('.expectation .place', { hasText: '15' }).waitFor();
    assert.ok((await distance(page, 'fails', 'name = "pay"')) < 4);
    await write(page, EXPECTING.replace('kind = "server"', 'kind = "client"'));
    await awaits(page, 'holds');
    await page.locator('.left .cm-verdict.fails').waitFor({ state: 'detached' });
    assert.ok((await distance(page, 'holds', 'name = "pay"')) < 4);
  });
});

test('an expectation in hand shows what came nearest, and lights up its spans', async () => {
  await visit(world.browser, world.url, async (page) => {
    await judgedTest(page);
    await page.getByRole('button', { name: 'span pay' }).click();
    const open = page.locator('.expectation.open');
    await open.getByText('client', { exact: true }).waitFor();
    await open.getByRole('button', { name: 'pay b' }).waitFor();
    await page.locator('.span-row.nearest', { hasText: 'pay' }).waitFor();
    assert.equal(await page.locator('.span-row.nearest').count(), 1);
    await page.locator('.span-details', { hasText: 'client' }).waitFor();
    await page.getByRole('button', { name: 'edge buy → pay' }).click();
    await page.locator('.span-row.about', { hasText: 'buy' }).waitFor();
    assert.equal(await page.locator('.span-row.about').count(), 2);
    // Its place leads to the template.
    await page.getByRole('button', { name: 'Go to line 18' }).click();
    await page.locator('.left .cm-activeLine', { hasText: 'must_include' }).waitFor();
    // And the gutter back to the pane.
    await showPane(page, 'Rendered');
    await page.locator('.left .cm-verdict.fails').click();
    await page.locator('.expectation.open', { hasText: 'span pay' }).waitFor();
  });
});

test('what is dropped and is no trace is told with its place', async () => {
  await visit(world.browser, world.url, async (page) => {
    await judgedTest(page);
    const broken = '{"spans": [\n  {"name": "a"},\n  oops\n]}';
    await drop(page, 'broken.json', broken);
    const told = page.getByRole('alert');
    await told.getByRole('heading', { name: 'broken.json is no trace' }).waitFor();
    await told.getByRole('button', { name: 'Go to broken.json:3:3' }).click();
    await page.locator('.left .cm-activeLine', { hasText: 'oops' }).waitFor();
    assert.deepEqual(await judged(page), []);
    await page.getByRole('tab', { name: 'Trace !' }).waitFor();
    // Mended where it stands, it is judged.
    await write(page, broken.replace('  oops\n', '  {"name": "pay", "kind": "server"}\n'));
    await awaits(page, 'holds');
    await page.getByRole('combobox', { name: 'Trace', exact: true }).selectOption('trace.json');
    await awaits(page, 'fails');
    // What is no text is refused in words.
    await page.locator('.trace').evaluate((pane) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([new Uint8Array([10, 200])], 'spans.pb'));
      pane.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
    });
    await page.getByText('spans.pb is not UTF-8 text').waitFor();
    // Without a test there is nothing to judge, and that is said.
    await page.getByRole('tab', { name: 'basics.clnrm.toml' }).click();
    await page.getByRole('button', { name: 'Delete basics.clnrm.toml' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('There is no test among the files').waitFor();
  });
});

test('nothing is vacuously green', async () => {
  await visit(world.browser, world.url, async (page) => {
    await judgedTest(page);
    await drop(page, 'empty.json', '{"resourceSpans": []}');
    await page.getByRole('heading', { name: 'The trace has no spans' }).waitFor();
    await page.locator('.expectation.fails', { hasText: 'edge buy → pay' }).waitFor();
    assert.deepEqual(await judged(page), [
      ['span pay', 'fails'],
      ['edge buy → pay', 'fails'],
    ]);
    await write(page, GOOD);
    await page.getByText('The test expects nothing of a trace').waitFor();
    await page.locator('.left .cm-verdict').waitFor({ state: 'detached' });
    await write(page, `${EXPECTING}[service.box]\n`);
    await page.getByText('Not judged: the test has errors').waitFor();
  });
});

test('of a matrix each combination is judged, whatever level is asked for', async () => {
  await visit(world.browser, world.url, async (page) => {
    await judgedTest(page);
    const matrix = EXPECTING.replace('kind = "server"', 'kind = "{{ matrix.kind }}"');
    await write(page, `${matrix}\n[matrix]\nkind = ["server", "client"]\n`);
    await page.locator('.expectation.fails .combinations', { hasText: 'in kind=server' }).waitFor();
    await page.locator('.expectation.holds .combinations', { hasText: 'in kind=client' }).waitFor();
    // The gutter tells the graver of the two.
    assert.equal(await page.locator('.left .cm-verdict').count(), 2);
    await page.locator('.left .cm-verdict.fails').waitFor();

    await page.getByLabel('Level').selectOption('syntax');
    await write(page, EXPECTING.replace('service = "box"', 'service = "bix"'));
    await page.getByText('Not judged: the test has errors at level structure').waitFor();
    await page.getByRole('button', { name: 'Show the problems' }).click();
    await page.locator('.problem', { hasText: 'bix' }).first().waitFor();
  });
});

test('of 5,000 spans only those in view are in the document', async () => {
  await visit(world.browser, world.url, async (page) => {
    await judgedTest(page);
    const spans = Array.from({ length: 5000 }, (_, at) => ({
      ...times(at * 1000, at * 1000 + 5000),
      trace_id: 't',
      span_id: `s${at}`,
      parent_span_id: at === 0 ? undefined : 's0',
      name: `work ${at}`,
      attributes: { 'item.number': at, 'item.name': `item ${at}` },
    }));
    await drop(page, 'large.json', JSON.stringify({ spans }));
    const list = page.getByRole('listbox', { name: 'Spans' });
    await list.getByRole('option', { name: /^work 0\b/ }).waitFor();
    await page.getByText('5000 spans', { exact: true }).waitFor();
    const most = async () => {
      const number = await page.locator('.span-row').count();
      assert.ok(number > 5 && number < 80, `${number} rows are in the document`);
    };
    await most();
    await list.evaluate((list) => (list.scrollTop = list.scrollHeight));
    const last = list.getByRole('option', { name: /^work 4999\b/ });
    await last.waitFor();
    assert.equal(await last.getAttribute('aria-posinset'), '5000');
    await most();
    await list.focus();
    await page.keyboard.press('Home');
    await list.getByRole('option', { name: /^work 0\b/, selected: true }).waitFor();
    await page.keyboard.press('End');
    await list.getByRole('option', { name: /^work 4999\b/, selected: true }).waitFor();
    await page.locator('.span-details', { hasText: 'item 4999' }).waitFor();
    await most();
  });
});

test(
  'a trace that takes too long is given up, and all else goes on',
  needs('workers'),
  async () => {
    await visit(world.browser, world.url, async (page) => {
      await judgedTest(page);
      const [worker] = page.workers();
      assert.ok(worker);
      await worker.evaluate(() => {
        const answer = onmessage;
        onmessage = (/** @type {MessageEvent<{ method: string }>} */ event) => {
          while (event.data.method === 'analyze');
          answer?.call(/** @type {never} */ (globalThis), event);
        };
      });
      await drop(page, 'large.json', TRACE.replace('"client"', '"server"'));
      await page.getByRole('heading', { name: 'The trace takes too long' }).waitFor();
      await says(page, 'No problems');
      await write(page, `${EXPECTING}# goes on\n`);
      await page.getByRole('heading', { name: 'The trace takes too long' }).waitFor();
      await page.getByRole('button', { name: 'Try again' }).click();
      await awaits(page, 'holds');
    });
  },
);

test('with the keyboard alone: a trace, a verdict, a span', async () => {
  await visit(world.browser, world.url, async (page) => {
    const press = (/** @type {string} */ key) => page.keyboard.press(key);
    const tabTo = async (/** @type {RegExp} */ name) => {
      for (let step = 0; step < 40; step++) {
        await press('Tab');
        const label = await page.evaluate(() => {
          const element = document.activeElement;
          return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
        });
        if (name.test(label)) return;
      }
      assert.fail(`${name} is not reached by Tab`);
    };
    await openExample(page, 'Basics');
    await write(page, EXPECTING);
    // The first closes what the editor proposes.
    await press('Escape');
    await press('Escape');
    await tabTo(/^Rendered$/);
    for (let step = 0; step < 3; step++) await press('ArrowRight');
    await tabTo(/^A trace as JSON$/);
    await page.keyboard.insertText(TRACE);
    await tabTo(/^Use this trace$/);
    await press('Enter');
    await awaits(page, 'fails');
    await tabTo(/^span pay$/);
    await press('Enter');
    await page.locator('.expectation.open').waitFor();
    await tabTo(/^Spans$/);
    await press('ArrowUp');
    await page.getByRole('option', { name: /^buy/, selected: true }).waitFor();
    await press('ArrowDown');
    await page.getByRole('option', { name: /^pay/, selected: true }).waitFor();
    const active = await page.locator('.waterfall').getAttribute('aria-activedescendant');
    assert.equal(await page.locator(`[id="${active}"] .text`).textContent(), 'pay');
    await press('Escape');
    await page.locator('.span-details').waitFor({ state: 'detached' });
  });
});

test('the trace outlives a reload, and travels in a link', async () => {
  await visit(world.browser, world.url, async (page) => {
    await judgedTest(page);
    await drop(page, 'other.jsonl', TRACE.replace('"client"', '"server"'));
    await awaits(page, 'holds');
    await page.reload();
    await settled(page);
    await showPane(page, 'Trace');
    await awaits(page, 'holds');
    await visit(world.browser, await copyLink(page), async (other) => {
      await showPane(other, 'Trace');
      await awaits(other, 'holds');
      assert.deepEqual(await fileNames(other), ['basics.clnrm.toml', 'trace.json', 'other.jsonl']);
      await other.getByRole('combobox', { name: 'Trace', exact: true }).selectOption('trace.json');
      await awaits(other, 'fails');
      assert.equal(await textOf(other), EXPECTING);
    });
  });
});

test('names from a trace are only ever text', async () => {
  await visit(world.browser, world.url, async (page) => {
    const script = '<img src=x onerror=alert(1)>';
    await judgedTest(page);
    const trace = {
      spans: [
        {
          ...times(0, 9),
          name: script,
          span_id: script,
          parent_span_id: script,
          attributes: { [script]: script },
          events: [{ name: script }],
          resource: { 'service.name': script },
        },
      ],
    };
    await drop(page, `${script}.json`, JSON.stringify(trace));
    const row = page.locator('.span-row .text', { hasText: script });
    await row.click();
    await page.locator('.span-details h2', { hasText: script }).waitFor();
    assert.equal(await page.locator('img').count(), 0);
    assert.ok((await fileNames(page)).includes(`${script}.json`));
    await drop(page, '../up\\vars.json', TRACE);
    await awaits(page, 'fails');
    assert.ok((await fileNames(page)).includes('..-up-vars.json'));
  });
});

test('the example has a red and a green trace', async () => {
  await visit(world.browser, world.url, async (page) => {
    await showPane(page, 'Trace');
    await page.getByRole('button', { name: 'Open a test and its traces' }).click();
    await page.locator('.expectation.fails').first().waitFor();
    const outcomes = async () => new Set((await judged(page)).map(([, outcome]) => outcome));
    assert.deepEqual(await outcomes(), new Set(['holds', 'fails']));
    await page.getByRole('combobox', { name: 'Trace', exact: true }).selectOption('green.json');
    await page.getByText('12 hold', { exact: true }).waitFor();
    assert.deepEqual(await outcomes(), new Set(['holds']));
    assert.ok(!(await editor(page).evaluate((element) => element.matches(':focus'))));
  });
});
