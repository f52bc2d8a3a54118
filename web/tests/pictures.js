/** Takes the pictures of the documentation anew: `npm run pictures`, into `docs/playground`. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { launch, newPage } from './browser.js';
import { openExample, settled, showPane } from './page.js';
import { serve } from './serve.js';

/** @typedef {import('playwright-core').Page} Page */

const FOLDER = fileURLToPath(new URL('../../docs/playground/', import.meta.url));

/** @type {Record<string, { width: number, height: number, dark: boolean, show: (page: Page) => Promise<void> }>} */
const PICTURES = {
  'link-light': {
    width: 1440,
    height: 760,
    dark: false,
    show: async (page) => {
      await openExample(page, 'Macros of your own');
      await page
        .locator('.right .cm-line', { hasText: '"pings front 0"' })
        .click({ position: { x: 60, y: 8 } });
    },
  },
  'problems-dark': {
    width: 1024,
    height: 680,
    dark: true,
    show: async (page) => {
      await openExample(page, 'A broken shop');
      await showPane(page, 'Problems');
    },
  },
  'trace-light': {
    width: 1440,
    height: 760,
    dark: false,
    show: async (page) => {
      await openExample(page, 'A test and its traces');
      await page.getByRole('button', { name: 'span receipt.send' }).click();
      await page.getByRole('button', { name: 'Go to line 43' }).click();
      await page.locator('.left .cm-verdict.fails').first().waitFor();
    },
  },
  'phone-light': {
    width: 360,
    height: 740,
    dark: false,
    show: async (page) => {
      await openExample(page, 'A broken shop');
      await showPane(page, 'Problems');
    },
  },
};

mkdirSync(FOLDER, { recursive: true });
const served = await serve();
const browser = await launch();
for (const [name, { width, height, dark, show }] of Object.entries(PICTURES)) {
  const { context, page } = await newPage(browser, {
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
  });
  await page.goto(served.url);
  await settled(page);
  await show(page);
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${FOLDER}${name}.png` });
  await context.close();
}
await browser.close();
await served.close();
