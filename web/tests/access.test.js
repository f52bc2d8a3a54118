import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import {
  BROKEN,
  editor,
  openExample,
  says,
  settled,
  showPane,
  textOf,
  verdict,
  visit,
  write,
} from './page.js';
import { needs, setUp, world } from './suite.js';

setUp();

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Faults that axe finds, by rule and place.
 * @param {import('playwright-core').Page} page
 */
async function axe(page) {
  // Through the debugger: a script element would be against the page's policy, as it should.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = /** @type {{ axe: import('axe-core') }} */ (
      /** @type {unknown} */ (globalThis)
    );
    return (await axe.run()).violations;
  });
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  test(`axe finds nothing, ${colorScheme}`, async () => {
    await visit(
      world.browser,
      world.url,
      async (page) => {
        assert.deepEqual(await axe(page), [], 'first visit');
        await openExample(page, 'A broken shop');
        for (const pane of /** @type {const} */ (['Rendered', 'Problems', 'Graph', 'Statistics'])) {
          await showPane(page, pane);
          if (pane === 'Graph') await page.locator('.right .canvas').waitFor();
          assert.deepEqual(await axe(page), [], pane);
        }
        await openExample(page, 'A test and its traces');
        await page.locator('.expectation.fails').first().waitFor();
        assert.deepEqual(await axe(page), [], 'verdicts');
        await page.getByRole('button', { name: 'span charge' }).click();
        await page.locator('.span-details').waitFor();
        assert.deepEqual(await axe(page), [], 'a verdict and a span in hand');
        await page.getByRole('button', { name: 'Add', exact: true }).click();
        assert.deepEqual(await axe(page), [], 'where a trace comes from');
        await openExample(page, 'A broken shop');
        await showPane(page, 'Problems');
        for (const open of ['Examples', 'Drafts', 'Share', 'Help', 'New file', 'X101']) {
          await page.getByRole('button', { name: open, exact: true }).click();
          await page.getByRole('dialog').waitFor();
          assert.deepEqual(await axe(page), [], open);
          await page.keyboard.press('Escape');
          await page.getByRole('dialog').waitFor({ state: 'detached' });
        }
        await editor(page).press('ControlOrMeta+f');
        await page.locator('.cm-search').waitFor();
        assert.deepEqual(await axe(page), [], 'search');
      },
      { colorScheme },
    );
  });
}

test('axe finds nothing on a phone', async () => {
  await visit(
    world.browser,
    world.url,
    async (page) => {
      await openExample(page, 'Matrix');
      await page.getByRole('button', { name: 'Settings', exact: true }).click();
      assert.deepEqual(await axe(page), []);
    },
    { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  );
});

test('with the keyboard alone: choose an example, mend a fault, leave the editor, share', async () => {
  await visit(world.browser, world.url, async (page) => {
    const press = (/** @type {string} */ key) => page.keyboard.press(key);
    /** Tabs on until what has the focus has this name. */
    const tabTo = async (/** @type {RegExp} */ name) => {
      for (let step = 0; step < 40; step++) {
        await press('Tab');
        const label = await page.evaluate(() => {
          let element = document.activeElement;
          while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
          return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
        });
        if (name.test(label)) return;
      }
      assert.fail(`${name} is not reached by Tab`);
    };
    await tabTo(/^Examples$/);
    await press('Enter');
    await tabTo(/^Older spellings/);
    await press('Enter');
    await says(page, 'note');
    const before = await verdict(page).textContent();
    await tabTo(/^Editor,/);
    await press('F8');
    await press('ControlOrMeta+.');
    await verdict(page)
      .filter({ hasNotText: before ?? '' })
      .waitFor();
    assert.ok(
      await editor(page).evaluate((element) => element.matches(':focus')),
      'still in the editor',
    );
    // Tab belongs to the editor, until Escape was pressed.
    const text = await textOf(page);
    await press('Tab');
    assert.notEqual(await textOf(page), text);
    await press('ControlOrMeta+z');
    await press('Escape');
    await press('Tab');
    assert.ok(
      !(await editor(page).evaluate((element) => element.matches(':focus'))),
      'out of the editor',
    );
    await tabTo(/^Rendered$/);
    await press('ArrowRight');
    await tabTo(/^C117$/);
    await press('Enter');
    await page.getByRole('dialog').waitFor();
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

test('the width of the halves is set by the keyboard', async () => {
  await visit(world.browser, world.url, async (page) => {
    const splitter = page.getByRole('separator', { name: 'Width of the editor' });
    await splitter.focus();
    for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowLeft');
    assert.equal(await splitter.getAttribute('aria-valuenow'), '40');
    const left = await page.locator('.left').boundingBox();
    const right = await page.locator('.right').boundingBox();
    assert.ok(left && right && left.width < right.width);
  });
});

test('a new verdict is announced politely', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, BROKEN);
    await page.locator('.status [role=status][aria-live=polite]', { hasText: '1 error' }).waitFor();
  });
});

/**
 * Nothing sticks out to the side, and what a person needs is there.
 * @param {import('playwright-core').Page} page
 */
async function fits(page) {
  const wide = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok((wide[0] ?? 0) <= (wide[1] ?? 0), `the page is ${wide[0]} wide on ${wide[1]}`);
  for (const name of ['Examples', 'Share', 'Help']) {
    const box = await page.getByRole('button', { name, exact: true }).boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= (wide[1] ?? 0), name);
  }
}

test('on a phone of 360 pixels the halves stack', needs('touch'), async () => {
  await visit(
    world.browser,
    world.url,
    async (page) => {
      await openExample(page, 'A broken shop');
      await fits(page);
      const left = await page.locator('.left').boundingBox();
      const right = await page.locator('.right').boundingBox();
      assert.ok(left && right && right.y >= left.y + left.height && left.width > 300);
      await showPane(page, 'Problems');
      await page.getByRole('button', { name: /^Fix: use wait_for/ }).tap();
      await says(page, 'error');
      await fits(page);
      await openExample(page, 'A test and its traces');
      await page.getByRole('button', { name: 'span charge' }).tap();
      await page.locator('.span-details').waitFor();
      await fits(page);
      assert.deepEqual(await axe(page), [], 'a trace on a phone');
    },
    { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  );
});

test('zoomed to 200 % everything is reached', async () => {
  // What zooming does: half as many pixels of style, each twice as large.
  await visit(
    world.browser,
    world.url,
    async (page) => {
      await openExample(page, 'A broken shop');
      await fits(page);
      await page.getByRole('button', { name: 'Settings', exact: true }).click();
      await page.getByLabel('Level').selectOption('syntax');
      await says(page, '1 error');
    },
    { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
  );
});

test(
  'light and dark follow the system until one is chosen, and the choice outlives a reload',
  needs('the wish for dark or light'),
  async () => {
    await visit(
      world.browser,
      world.url,
      async (page) => {
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const dark = await ground();
        await page.emulateMedia({ colorScheme: 'light' });
        const light = await ground();
        assert.notEqual(dark, light);
        await page.getByRole('button', { name: 'Colours: system' }).click();
        await page.getByRole('button', { name: 'Colours: light' }).click();
        await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
        assert.equal(await ground(), dark);
        await page.reload();
        await settled(page);
        assert.equal(await ground(), dark);
      },
      { colorScheme: 'dark' },
    );
  },
);
