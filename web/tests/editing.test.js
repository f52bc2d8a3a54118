import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  BROKEN,
  GOOD,
  MENDED,
  MISSPELT,
  editor,
  openExample,
  says,
  showPane,
  textOf,
  visit,
  write,
} from './page.js';
import { needs, setUp, world } from './suite.js';

setUp();

/** Text under the squiggles of a severity. @param {import('playwright-core').Page} page */
const underlined = (page, severity = 'error') =>
  page.locator(`.left .cm-lintRange-${severity}`).allTextContents();

test('what is typed is underlined where it is wrong, and no longer once it is right', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, BROKEN);
    await says(page, '1 error');
    assert.deepEqual(await underlined(page), ['"bix"']);
    const line = page.locator('.left .cm-line', { hasText: 'service = "bix"' });
    assert.equal(await line.locator('.cm-lintRange-error').count(), 1);
    await write(page, GOOD);
    await says(page, 'No problems');
    assert.deepEqual(await underlined(page), []);
  });
});

test('characters beyond the first plane, combining marks, tabs and CRLF do not move the squiggle', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    const strange = 'health_check = { cmd = ["🦀🦀 e\u0301\t𝒳"], intervl = "1s" } # 🧪';
    await write(page, GOOD.replace('args', `${strange}\nargs`));
    await says(page, '1 warning');
    assert.deepEqual(await underlined(page, 'warning'), ['intervl']);
    const crlf = GOOD.replace('run = "echo hello"', 'rum = "🦀"\nrun = "echo hello"').replaceAll(
      '\n',
      '\r\n',
    );
    await page.getByRole('button', { name: 'Drafts', exact: true }).click();
    await page.getByLabel('Open files from your disk').setInputFiles({
      name: 'crlf.clnrm.toml',
      mimeType: 'text/plain',
      buffer: Buffer.from(crlf),
    });
    await says(page, '1 warning');
    assert.deepEqual(await underlined(page, 'warning'), ['rum']);
  });
});

test('a fix is applied from the list of problems, and undone by the editor', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, MISSPELT);
    await says(page, '1 warning');
    await showPane(page, 'Problems');
    await page.getByRole('button', { name: 'Fix: use expected_output_contains' }).click();
    await says(page, 'No problems');
    assert.equal(await textOf(page), MENDED);
    await editor(page).press('ControlOrMeta+z');
    await says(page, '1 warning');
    assert.equal(await textOf(page), MISSPELT);
  });
});

test('a fix is applied at the cursor by the keyboard', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, MISSPELT);
    await says(page, '1 warning');
    await editor(page).press('F8');
    await page.keyboard.press('ControlOrMeta+.');
    await says(page, 'No problems');
    assert.equal(await textOf(page), MENDED);
  });
});

test('a fix is applied from the squiggle', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, MISSPELT);
    await says(page, '1 warning');
    await page.locator('.left .cm-lintRange-warning').hover();
    await page.getByRole('button', { name: /Fix: use expected_output_contains/ }).click();
    await says(page, 'No problems');
  });
});

test('what was probably meant is offered as a guess', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, BROKEN);
    await says(page, '1 error');
    await showPane(page, 'Problems');
    await page.getByRole('button', { name: 'Try: use "box"' }).click();
    await says(page, 'No problems');
    assert.equal(await textOf(page), GOOD);
  });
});

test('a fix lands in the library in which the fault stands', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'A broken shop');
    await showPane(page, 'Problems');
    await page
      .getByRole('region', { name: '_services.toml.tera' })
      .getByRole('button', { name: /^Fix: use wait_for/ })
      .click();
    await page.locator('.left .cm-line', { hasText: 'wait_for = {' }).waitFor();
    assert.equal(
      await page.getByRole('tab', { name: '_services.toml.tera' }).getAttribute('aria-selected'),
      'true',
    );
  });
});

test('however fast one types, the verdict is that of the last text', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, GOOD);
    await says(page, 'No problems');
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type(
      '\n[service.idle]\nimage = "redis:7.4"\n# and more of a comment that is typed on',
    );
    await says(page, '1 warning');
    assert.deepEqual(await underlined(page, 'warning'), ['idle']);
  });
});

test('a problem leads to its place and to its explanation', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'A broken shop');
    await showPane(page, 'Problems');
    await page.getByRole('button', { name: /is no port/ }).click();
    await page.locator('.left .cm-activeLine', { hasText: 'ports = [{{ port }}]' }).waitFor();
    await page.getByRole('button', { name: 'C109' }).click();
    await page
      .getByRole('dialog', { name: 'C109 invalid-port' })
      .getByText('between 1 and 65535')
      .waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

test(
  'a check that hangs is stopped, the text stays, and the next edit is checked',
  needs('workers'),
  async () => {
    await visit(world.browser, world.url, async (page) => {
      await openExample(page, 'Basics');
      await write(page, GOOD);
      await says(page, 'No problems');
      const [worker] = page.workers();
      assert.ok(worker);
      void worker
        .evaluate(() => {
          for (;;);
        })
        .catch(() => undefined);
      await write(page, BROKEN);
      await says(page, 'Stopped');
      await showPane(page, 'Problems');
      await page.getByText('took longer than two seconds').waitFor();
      await page.getByRole('button', { name: 'T109' }).waitFor();
      assert.equal(await textOf(page), BROKEN);
      await write(page, `${BROKEN}# checked again\n`);
      await says(page, '1 error');
    });
  },
);

test('a core that breaks is replaced, and knows the files again', needs('workers'), async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'A broken shop');
    const before = await page.locator('.verdict').textContent();
    const [worker] = page.workers();
    assert.ok(worker);
    await worker.evaluate(() => {
      // As a trap in the core would: the answer to the next call is a fault.
      const page = new BroadcastChannel(self.name);
      onmessage = (/** @type {MessageEvent<{ id: number }>} */ { data }) =>
        page.postMessage({ kind: 'broke', id: data.id, message: 'unreachable' });
    });
    await editor(page).press('ControlOrMeta+End');
    await page.keyboard.type(' ');
    await says(page, 'broke');
    await page.keyboard.type(' ');
    await says(page, before ?? '');
  });
});

test('a plain file is put into its usual layout, and a template left alone', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    const untidy = GOOD.replace('name = "', 'name   =  "').replace('\n[', '\n\n\n[');
    await write(page, untidy);
    await says(page, 'No problems');
    await page.getByRole('button', { name: /^Format / }).click();
    await page
      .locator('.left .cm-line', { hasText: /^name = "/ })
      .first()
      .waitFor();
    assert.equal(await textOf(page), GOOD);
    // As one change, which can be undone.
    await editor(page).press('ControlOrMeta+z');
    assert.equal(await textOf(page), untidy);
    await editor(page).press('Shift+Alt+F');
    await page
      .locator('.left .cm-line', { hasText: /^name = "/ })
      .first()
      .waitFor();
    assert.equal(await textOf(page), GOOD);
    await page.getByRole('button', { name: /^Format / }).click();
    await page.getByText('has its usual layout').waitFor();

    await openExample(page, 'Variables');
    const before = await textOf(page);
    await page.getByRole('button', { name: /^Format / }).click();
    await page.getByText('A template is left alone').waitFor();
    assert.equal(await textOf(page), before);
  });
});
