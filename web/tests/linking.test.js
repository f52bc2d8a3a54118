import assert from 'node:assert/strict';
import { test } from 'node:test';

import { editor, openExample, visit } from './page.js';
import { setUp, world } from './suite.js';

setUp();

/** @param {import('playwright-core').Page} page */
const litIn = (page, side = 'right') => page.locator(`.${side} .cm-linked`).allTextContents();

test('the line of the template lights up all lines that it made', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Variables');
    await page.locator('.left .cm-line', { hasText: 'run = "echo {{ user | upper }}"' }).click();
    await page.locator('.right .cm-linked').first().waitFor();
    assert.deepEqual(await litIn(page), [
      'run = "echo ADA"',
      'run = "echo GRACE"',
      'run = "echo JOAN"',
    ]);
  });
});

test('a call lights up what the macro made', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Macros of your own');
    await page.locator('.left .cm-line', { hasText: 'lib::ping(id="back"' }).click();
    await page.locator('.right .cm-linked').first().waitFor();
    assert.ok((await litIn(page)).includes('name = "pings back 0"'));
    assert.ok(!(await litIn(page)).includes('name = "pings front 0"'));
  });
});

test('a rendered line that a macro made opens the macro, and shows the call', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Macros of your own');
    await page.locator('.right .cm-line', { hasText: 'name = "pings back 0"' }).click();
    const tab = page.getByRole('tab', { name: '_lib.toml.tera' });
    await page
      .locator('.left .cm-linked', { hasText: 'name = "pings {{ id }} {{ n }}"' })
      .waitFor();
    assert.equal(await tab.getAttribute('aria-selected'), 'true');
    const way = page.getByRole('navigation', { name: 'Where the line came from' });
    await way.getByRole('button', { name: '_lib.toml.tera:16' }).waitFor();
    await way.getByRole('button', { name: 'own-macros.clnrm.toml.tera:9' }).click();
    await page.locator('.left .cm-activeLine', { hasText: 'lib::ping(id="back"' }).waitFor();
  });
});

test('a rendered line of an included file opens that file', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Macros of your own');
    await page.locator('.right .cm-line', { hasText: 'author = "the examples"' }).click();
    await page.locator('.left .cm-linked', { hasText: 'author = "{{ author' }).waitFor();
  });
});

test('from the keyboard: arrows light up, Enter goes there', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Variables');
    const text = page.locator('.right .cm-content');
    await text.focus();
    await text.press('ControlOrMeta+Home');
    for (let line = 0; line < 3; line++) await text.press('ArrowDown');
    await page.locator('.left .cm-linked').first().waitFor();
    await text.press('Enter');
    assert.ok(await editor(page).evaluate((element) => element.matches(':focus')));
  });
});

test('the rendered text follows the template', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Variables');
    await page.locator('.left .cm-line', { hasText: 'users = [' }).click();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.insertText(', "edsger"');
    await page.locator('.right .cm-line', { hasText: 'run = "echo EDSGER"' }).waitFor();
  });
});
