/** What every file of tests begins with: one browser and one server, closed at the end. */
import { after, before } from 'node:test';

import { launch } from './browser.js';
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
