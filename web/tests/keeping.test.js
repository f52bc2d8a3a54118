import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  BROKEN,
  GOOD,
  fileNames,
  openExample,
  says,
  settled,
  showPane,
  textOf,
  visit,
  write,
} from './page.js';
import { setUp, world } from './suite.js';

setUp();

test('files, settings and the file in front outlive a reload', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, BROKEN);
    await page.getByRole('button', { name: 'New file' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('_own.toml.tera');
    await page.getByRole('button', { name: 'Create' }).click();
    await write(page, '{# mine #}');
    await page.getByLabel('Level').selectOption('semantic');
    await page.getByLabel('Seed').fill('99');
    await page.reload();
    await settled(page);
    assert.deepEqual(await fileNames(page), ['basics.clnrm.toml', '_own.toml.tera']);
    assert.equal(await textOf(page), '{# mine #}');
    assert.equal(await page.getByLabel('Level').inputValue(), 'semantic');
    assert.equal(await page.getByLabel('Seed').inputValue(), '99');
    await page.getByRole('tab', { name: 'basics.clnrm.toml' }).click();
    assert.equal(await textOf(page), BROKEN);
  });
});

test('what was typed right before a reload is there after it', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, '# the last words');
    await page.reload();
    await settled(page);
    assert.equal(await textOf(page), '# the last words');
  });
});

test('an example never writes over what was edited', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, BROKEN);
    await openExample(page, 'Matrix');
    await page.getByRole('button', { name: 'Drafts', exact: true }).click();
    await page.getByRole('dialog').getByText('Basics', { exact: true }).click();
    await says(page, '1 error');
    assert.equal(await textOf(page), BROKEN);
  });
});

test('two tabs on one draft do not write over each other', async () => {
  await visit(world.browser, world.url, async (page, context) => {
    await openExample(page, 'Basics');
    await write(page, '# one');
    await page.reload();
    await settled(page);
    const other = await context.newPage();
    await other.goto(world.url);
    await settled(other);
    assert.equal(await textOf(other), '# one');
    await write(other, '# two');
    await other.close({ runBeforeUnload: true });
    await write(page, '# three');
    await page.reload();
    await settled(page);
    assert.equal(await textOf(page), '# three');
    await page.getByRole('button', { name: 'Drafts', exact: true }).click();
    const drafts = page.getByRole('dialog').getByText('Basics', { exact: true });
    await drafts.nth(1).click();
    await page.locator('.left .cm-line', { hasText: '# two' }).waitFor();
  });
});

test('files are made, renamed and deleted, and what refers to them is judged anew', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Macros of your own');
    await says(page, /No problems|note/);
    await page.getByRole('tab', { name: '_lib.toml.tera' }).click();
    await page.getByRole('button', { name: 'Rename _lib.toml.tera' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('_other.toml.tera');
    await page.getByRole('button', { name: 'Rename', exact: true }).click();
    await says(page, 'error');
    await showPane(page, 'Problems');
    await page.getByRole('button', { name: 'T107' }).first().waitFor();
    await page.getByRole('button', { name: 'Rename _other.toml.tera' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('shared/_head.toml.tera');
    await page.getByText('There is a file of this name').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Rename', exact: true }).isDisabled());
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('_lib.toml.tera');
    await page.getByRole('button', { name: 'Rename', exact: true }).click();
    await says(page, /No problems|note/);
    await page.getByRole('button', { name: 'Delete _lib.toml.tera' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await says(page, 'error');
    assert.deepEqual(await fileNames(page), [
      'own-macros.clnrm.toml.tera',
      'shared/_head.toml.tera',
    ]);
  });
});

test('settings are judged by the core, and said at their field', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Determinism');
    await page.getByLabel('Clock').fill('yesterday');
    await page.locator('.settings .fault').waitFor();
    await page.getByLabel('Clock').fill('2031-05-06T07:08:09Z');
    await page.locator('.settings .fault').waitFor({ state: 'detached' });
    await page.locator('.right .cm-line', { hasText: '2031-05-06T07:08:09Z' }).first().waitFor();
  });
});

test('a lower level says less', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, BROKEN);
    await says(page, '1 error');
    await page.getByLabel('Level').selectOption('semantic');
    await says(page, 'No problems');
    assert.notEqual(await textOf(page), GOOD);
  });
});

test('the page and all its parts work without a network after the first visit', async () => {
  await visit(world.browser, world.url, async (page, context) => {
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await context.setOffline(true);
    await page.reload();
    await settled(page);
    await openExample(page, 'A broken shop');
    await says(page, 'error');
    await showPane(page, 'Graph');
    await page.getByRole('group', { name: 'Drawing of the test' }).waitFor();
    await context.setOffline(false);
  });
});
