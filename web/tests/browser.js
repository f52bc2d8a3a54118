/** Starts a browser, and pages in it that note every report of the page's policy and every fault. */
import { chromium, firefox } from 'playwright-core';

export const isFirefox = process.env['BROWSER'] === 'firefox';

/** Debian's Chromium, or its Firefox with `BROWSER=firefox`; `CHROMIUM` and `FIREFOX` name others. */
export const launch = () =>
  isFirefox
    ? firefox.launch({
        // Firefox as it is, not one made for tests.
        channel: 'moz-firefox',
        executablePath: process.env['FIREFOX'] ?? '/usr/bin/firefox-esr',
      })
    : chromium.launch({
        executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
        args: [
          '--no-sandbox',
          '--disable-dev-shm-usage',
          '--disable-gpu',
          '--disable-background-networking',
        ],
      });

/**
 * @param {import('playwright-core').Browser} browser
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    // Firefox as it is takes no wishes here.
    ...(isFirefox && {
      colorScheme: null,
      reducedMotion: null,
      forcedColors: null,
      contrast: null,
    }),
    ...options,
  });
  /** @type {string[]} */
  const faults = [];
  await context.exposeFunction('noteViolation', (/** @type {string} */ text) => faults.push(text));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const note = /** @type {{ noteViolation?: (text: string) => void }} */ (globalThis)
        .noteViolation;
      note?.(`${event.violatedDirective} forbids ${event.blockedURI}`);
    });
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^http/.test(protocol) && hostname !== '127.0.0.1')
      faults.push(`external request: ${request.url()}`);
  });
  return { context, page, faults };
}
