import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { newPage } from './browser.js';
import { GOOD, openExample, settled, textOf, verdict, visit, write } from './page.js';
import { serve } from './serve.js';
import { setUp, world } from './suite.js';

setUp();

test('every example opens; those that are there for their mistakes have some, the others none', async () => {
  await visit(world.browser, world.url, async (page) => {
    await page.getByRole('button', { name: 'Examples', exact: true }).click();
    const shelves = await page.locator('.shelf').evaluateAll((shelves) =>
      shelves.map((shelf) => ({
        shelf: shelf.querySelector('h3')?.textContent ?? '',
        titles: [...shelf.querySelectorAll('strong')].map((title) => title.textContent),
      })),
    );
    await page.keyboard.press('Escape');
    assert.equal(shelves.length, 3);
    for (const { shelf, titles } of shelves) {
      for (const title of titles) {
        await openExample(page, title);
        const said = (await verdict(page).textContent()) ?? '';
        assert.equal(/error/.test(said), shelf.startsWith('Mistakes'), `${title}: ${said}`);
      }
    }
  });
});

test('the page has its policy, and its parts are all its own', () => {
  const folder = fileURLToPath(new URL('../dist/', import.meta.url));
  const html = readFileSync(`${folder}index.html`, 'utf8').replaceAll('&#39;', "'");
  assert.match(html, /http-equiv="Content-Security-Policy"/);
  assert.match(html, /default-src 'self'; script-src 'self' 'wasm-unsafe-eval'/);
  assert.doesNotMatch(html, /unsafe-inline|<style|style=|onload=/);
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
    assert.match(address ?? '', /^\.\//, 'below the page, wherever it stands');
  }
  const styles = readdirSync(`${folder}assets`).filter((name) => name.endsWith('.css'));
  for (const name of styles) {
    const sheet = readFileSync(`${folder}assets/${name}`, 'utf8');
    for (const [, address = ''] of sheet.matchAll(/url\(["']?([^)"']*)/g)) {
      assert.match(address, /^\.\/[^/]+$/, 'beside the sheet');
      assert.ok(existsSync(`${folder}assets/${address}`), address);
    }
  }
});

test('where the checker cannot run, the page says so and keeps the text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'playground-'));
  cpSync(fileURLToPath(new URL('../dist/', import.meta.url)), folder, {
    recursive: true,
    filter: (name) => !name.endsWith('.wasm'),
  });
  const broken = await serve(folder);
  const { context, page } = await newPage(world.browser);
  try {
    await page.goto(broken.url);
    await page.getByRole('alert').getByText('could not be started').waitFor();
    await write(page, GOOD);
    await page.reload();
    await page.getByRole('alert').getByText('could not be started').waitFor();
    assert.equal(await textOf(page), GOOD);
  } finally {
    await context.close();
    await broken.close();
    rmSync(folder, { recursive: true });
  }
});

test('a file of the core opens to be read, and closes', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'The macro library');
    await page.locator('.right .cm-line', { hasText: '[service.api]' }).click();
    const tab = page.getByRole('tab', { name: '<clnrm>/_macros.toml.tera' });
    await tab.waitFor();
    await page.locator('.left .cm-linked', { hasText: '[service.{{ id | toml_key }}]' }).waitFor();
    const before = await textOf(page);
    await page.locator('.left .cm-content').press('x');
    assert.equal(await textOf(page), before);
    await page.getByRole('button', { name: 'Close <clnrm>/_macros.toml.tera' }).click();
    await tab.waitFor({ state: 'detached' });
    await settled(page);
  });
});

test('variables of a file hold for the tests beside it', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, GOOD.replace('echo hello', 'echo {{ greeting }}'));
    await page.getByRole('button', { name: 'Rename basics.clnrm.toml' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('a.clnrm.toml.tera');
    await page.getByRole('button', { name: 'Rename', exact: true }).click();
    await page.locator('.verdict', { hasText: '1 error' }).waitFor();
    await page.getByRole('button', { name: 'New file' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('vars.toml');
    await page.getByRole('button', { name: 'Create' }).click();
    await write(page, 'greeting = "moin"\n');
    await page.getByRole('tab', { name: 'a.clnrm.toml.tera' }).click();
    await page.locator('.verdict', { hasText: 'No problems' }).waitFor();
    await page.locator('.right .cm-line', { hasText: 'run = "echo moin"' }).waitFor();
  });
});

test('a name that no file can have is refused in words', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await page.getByRole('button', { name: 'New file' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('../up.clnrm.toml');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('cannot be the name of a file').first().waitFor();
  });
});
