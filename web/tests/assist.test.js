import assert from 'node:assert/strict';
import { test } from 'node:test';

import { editor, openExample, settled, showPane, textOf, visit, write } from './page.js';
import { setUp, world } from './suite.js';

setUp();

const BEGUN = '[service.box]\nimage = "alpine:3.20"\n';

test('a field is proposed as it is typed, with what it means, and Enter takes it', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, BEGUN);
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type('heal');
    const proposals = page.getByRole('listbox');
    await proposals.getByText('health_check').first().waitFor();
    // Not the Enter of a person who writes on.
    await page.waitForTimeout(200);
    await page.keyboard.press('Enter');
    assert.match(await textOf(page), /^health_check/m);
  });
});

test('names of the file are proposed where they belong', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, `${BEGUN}\n[[scenario]]\nname = "x"\nservice = "`);
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.press('ControlOrMeta+Space');
    await page.getByRole('listbox').getByText('box', { exact: true }).waitFor();
  });
});

test('filters are proposed in a template, and Escape keeps the text as it is', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Variables');
    await page.locator('.left .cm-line', { hasText: '[service.box]' }).click();
    await page.keyboard.press('End');
    await page.keyboard.insertText(' # {{ svc | upp');
    await page.keyboard.press('ControlOrMeta+Space');
    await page.getByRole('listbox').getByText('upper').first().waitFor();
    const before = await textOf(page);
    await page.keyboard.press('Escape');
    await page.getByRole('listbox').waitFor({ state: 'detached' });
    assert.equal(await textOf(page), before);
  });
});

test('the mouse over a field tells what it is', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Services');
    const line = page.locator('.left .cm-line', { hasText: 'depends_on = ["db", "cache"]' });
    await line.locator('span').first().hover();
    await page.locator('.cm-prose').waitFor();
    assert.match((await page.locator('.cm-prose').textContent()) ?? '', /depends_on/);
  });
});

test('the drawing shows services, scenarios and spans, and leads to where they are declared', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Services');
    await showPane(page, 'Graph');
    const drawing = page.getByRole('group', { name: 'Drawing of the test' });
    const shop = drawing.getByRole('button', { name: /^service shop: / });
    await shop.waitFor();
    const said = (await shop.getAttribute('aria-label')) ?? '';
    assert.match(said, /depends on db/);
    assert.match(said, /depends on cache/);
    await shop.focus();
    await page.keyboard.press('Enter');
    await page.locator('.left .cm-activeLine', { hasText: '[service.shop]' }).waitFor();
    await editor(page).press('ControlOrMeta+End');
    await page.keyboard.insertText('\n[service.late]\nimage = "alpine:3.20"\n');
    await drawing.getByRole('button', { name: /^service late/ }).waitFor();
    await openExample(page, 'Expectations');
    await settled(page);
    await drawing.getByRole('button', { name: /^span checkout/ }).waitFor();
  });
});
