/** The page in WebKit: that it works there as it does in Chromium, not all that it does. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { MENDED, MISSPELT } from '../page.js';
import { serve } from '../serve.js';
import { WebKitPage } from './driver.js';

/** @type {import('../serve.js').Served} */
let served;
/** @type {WebKitPage} */
let page;

before(async () => {
  served = await serve();
  page = await WebKitPage.launch();
  await page.goto(served.url);
});

after(async () => {
  await page.close();
  await served.close();
});

/** Pastes a text in place of the one in front. @param {string} text */
async function write(text) {
  await page.run(
    `const elsewhere = document.createElement('textarea');
     elsewhere.value = arguments[0];
     document.body.append(elsewhere);
     elsewhere.select();`,
    text,
  );
  await page.press('Control+c');
  await page.run(
    `document.querySelector('body > textarea').remove();
     document.querySelector('.left .editor').shadowRoot.querySelector('.cm-content').focus();`,
  );
  await page.press('Control+a', 'Control+v');
}

/** The link that the page's own button copies. */
async function copyLink() {
  await page.click('Share');
  await page.click('Copy link');
  await page.shows('*', 'Link copied');
  await page.run(
    `const elsewhere = document.createElement('textarea');
     document.body.append(elsewhere);
     elsewhere.focus();`,
  );
  await page.press('Control+v');
  return page.run(
    `const elsewhere = document.querySelector('body > textarea');
     elsewhere.remove();
     return elsewhere.value;`,
  );
}

const textOf = () =>
  page.run(
    `const root = document.querySelector('.left .editor').shadowRoot;
     return [...root.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\\n');`,
  );

test('what is wrong is underlined, and mended by its fix', async () => {
  await page.click('Examples');
  await page.click('Basics');
  await write(MISSPELT);
  await page.shows('.verdict', '1 warning');
  const underlined = await page.run(
    `const root = document.querySelector('.left .editor').shadowRoot;
     const mark = root.querySelector('.cm-lintRange-warning');
     const { textDecorationLine, textDecorationStyle } = getComputedStyle(mark);
     return [mark.textContent, textDecorationLine, textDecorationStyle];`,
  );
  assert.deepEqual(underlined, ['expected_output_contians', 'underline', 'wavy']);
  await page.press('F8', 'Control+.');
  await page.shows('.verdict', 'No problems');
  assert.equal(await textOf(), MENDED);
});

test('what is typed is judged, and kept over a reload', async () => {
  await page.press('Control+End');
  await page.type('service = 3');
  await page.shows('.verdict', '1 error');
  await page.reload();
  await page.shows('.verdict', '1 error');
  assert.equal(await textOf(), `${MENDED}service = 3`);
});

test('a link carries the files to another page', async () => {
  const link = String(await copyLink());
  assert.ok(link.startsWith(`${served.url}#v1.`), link);
  await page.goto(link);
  await page.shows('.verdict', '1 error');
  assert.equal(await textOf(), `${MENDED}service = 3`);
});

test('the drawing and the trace are shown', async () => {
  await page.click('Examples');
  await page.click('A test and its traces');
  await page.click('Graph');
  await page.shows('svg [role=button]', 'charge');
  await page.click('Trace');
  await page.shows('.expectation.fails');
  await page.shows('.expectation.holds');
  await page.click('span receipt.send');
  await page.click('Go to line 43');
  await page.shows('.cm-verdict.fails');
});

test('after the first visit no network is needed', async () => {
  await served.close();
  await page.reload();
  await page.shows('.verdict:not(.idle)');
});

test('nothing was against the policy', async () => {
  assert.deepEqual(await page.violations(), []);
});
