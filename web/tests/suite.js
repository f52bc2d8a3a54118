/** What every file of tests begins with: one browser and one server, closed at the end. */
import { after, before } from 'node:test';

import { isFirefox, launch } from './browser.js';
import { serve } from './serve.js';

/** @type {{ browser: import('playwright-core').Browser, url: string }} */
export const world = /** @type {never} */ ({});

export function setUp() {
  /** @type {import('./serve.js').Served} */
  let served;
  before(async () => {
    served = await serve();
    world.url = served.url;
    world.browser = await launch();
  });
  after(async () => {
    await world.browser.close();
    await served.close();
  });
}

/**
 * For a test that reaches for something that Playwright has no hand on in Firefox: there it is skipped.
 * @param {string} what
 */
export const needs = (what) => ({
  skip: isFirefox && `Playwright does not reach ${what} of Firefox`,
});
