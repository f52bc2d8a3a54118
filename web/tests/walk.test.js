/**
 * A walk by somebody who has never seen the page and knows nothing but the labels on it: find a
 * fault, mend it by its fix, hand the result to somebody else.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';

import { copied, says, visit } from './page.js';
import { setUp, world } from './suite.js';

setUp();

/** Where screenshots of the walk go, if they are wanted. */
const PICTURES = process.env['WALK_PICTURES'];

test('a fault is found, mended by its fix and shared in at most eight actions', async () => {
  await visit(world.browser, world.url, async (page) => {
    let actions = 0;
    const click = async (/** @type {string | RegExp} */ label) => {
      actions++;
      await page.getByText(label).filter({ visible: true }).first().click();
      if (PICTURES === undefined) return;
      mkdirSync(PICTURES, { recursive: true });
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${PICTURES}/${actions}.png` });
    };
    await click('Examples');
    await click('A broken shop');
    await says(page, '1 warning');
    await click('Problems');
    await click(/^Fix: /);
    await says(page, /^3 errors$/);
    await click('Share');
    await click('Copy link');
    await page.getByText('Link copied').waitFor();
    const link = await copied(page);
    assert.ok(actions <= 8, `${actions} actions`);
    await page.goto('about:blank');
    await page.goto(link);
    await says(page, /^3 errors$/);
  });
});
