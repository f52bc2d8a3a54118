/** The page as tests use it: by what a person sees. */
import assert from 'node:assert/strict';

import { isFirefox, newPage } from './browser.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Browser} Browser
 */

/**
 * Runs `use` on a fresh visit to `url`; afterwards there must have been no violation of the policy,
 * no uncaught error and no request to anywhere else.
 * @param {Browser} browser
 * @param {string} url
 * @param {(page: Page, context: import('playwright-core').BrowserContext) => Promise<void>} use
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function visit(browser, url, use, options) {
  const { context, page, faults } = await newPage(browser, options);
  page.setDefaultTimeout(60_000);
  try {
    await page.goto(url);
    await settled(page);
    await use(page, context);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}

/** The editor's text area. @param {Page} page */
export const editor = (page) => page.locator('.left .cm-content');

/** @param {Page} page */
export const verdict = (page) => page.locator('.verdict');

/** Waits until the page has a verdict. @param {Page} page */
export async function settled(page) {
  await page.locator('.verdict:not(.idle)').waitFor();
}

/**
 * Waits until the verdict says `text`.
 * @param {Page} page
 * @param {string | RegExp} text
 */
export async function says(page, text) {
  await page.locator('.verdict', { hasText: text }).waitFor();
}

/**
 * Replaces the text of the file in front, as by pasting it.
 * @param {Page} page
 * @param {string} text
 */
export async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press('ControlOrMeta+a');
  // Firefox, told to insert a text in place of another, breaks lines around it; told by keys it does not.
  if (isFirefox) await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

/** The text of the file in front. @param {Page} page */
export async function textOf(page) {
  // The editor draws the lines in view only: texts of tests are short.
  const lines = await page.locator('.left .cm-line').allTextContents();
  return lines.join('\n');
}

/**
 * @param {Page} page
 * @param {string} title
 */
export async function openExample(page, title) {
  await page.getByRole('button', { name: 'Examples', exact: true }).click();
  await page.getByRole('dialog').getByText(title, { exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await settled(page);
}

/**
 * @param {Page} page
 * @param {'Rendered' | 'Problems' | 'Graph' | 'Trace' | 'Statistics'} name
 */
export async function showPane(page, name) {
  // Files have tabs, too.
  await page.getByRole('tablist', { name: 'Results' }).getByRole('tab', { name }).click();
}

/** Names of the files, in order. @param {Page} page */
export const fileNames = (page) =>
  page.getByRole('tablist', { name: 'Files' }).locator('.file-name').allTextContents();

/** A small test without a fault. */
export const GOOD = `[meta]
name = "hello"

[service.box]
image = "alpine:3.20"
args = ["sleep", "300"]

[[scenario]]
name = "says hello"
service = "box"
run = "echo hello"
`;

/** The same with a service that is not there. */
export const BROKEN = GOOD.replace('service = "box"', 'service = "bix"');

/** The same with a field that is misspelt, and with the same field mended: there is a fix for it. */
export const MISSPELT = `${GOOD}expected_output_contians = "hello"\n`;
export const MENDED = `${GOOD}expected_output_contains = "hello"\n`;

/**
 * Copies a text, as in another program.
 * @param {Page} page
 * @param {string} text
 */
export async function copy(page, text) {
  await page.evaluate((text) => {
    const elsewhere = document.createElement('textarea');
    elsewhere.value = text;
    document.body.append(elsewhere);
    elsewhere.select();
  }, text);
  await page.keyboard.press('ControlOrMeta+c');
  await page.evaluate(() => document.querySelector('body > textarea')?.remove());
}

/** What was copied, as another program gets it. @param {Page} page */
export async function copied(page) {
  await page.evaluate(() => {
    const elsewhere = document.createElement('textarea');
    document.body.append(elsewhere);
    elsewhere.focus();
  });
  await page.keyboard.press('ControlOrMeta+v');
  const elsewhere = page.locator('body > textarea');
  const text = await elsewhere.inputValue();
  await elsewhere.evaluate((element) => element.remove());
  return text;
}

/** Copies a link by the page's own button. @param {Page} page */
export async function copyLink(page) {
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByText('Link copied').waitFor();
  return copied(page);
}
