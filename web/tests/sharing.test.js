import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';

import {
  copyLink,
  BROKEN,
  GOOD,
  fileNames,
  openExample,
  says,
  settled,
  textOf,
  visit,
  write,
} from './page.js';
import { needs, setUp, world } from './suite.js';

setUp();

/** A link as anybody could make it. @param {unknown} content */
const linkOf = (content, version = 1) =>
  `#v${version}.${deflateRawSync(JSON.stringify(content)).toString('base64url')}`;

/** @param {readonly { name: string, text: string }[]} files */
const filesLink = (files) => linkOf({ files, active: files[0]?.name });

test('a link carries all files, the settings and the file in front', async () => {
  await visit(world.browser, world.url, async (page, context) => {
    await openExample(page, 'Macros of your own');
    await page.getByRole('tab', { name: '_lib.toml.tera' }).click();
    await page.getByLabel('Level').selectOption('syntax');
    await page.getByLabel('Seed').fill('42');
    await page.getByLabel('Clock').fill('2025-01-01T00:00:00Z');
    const text = await textOf(page);
    const link = await copyLink(page);
    assert.ok(link.startsWith(`${world.url}#v1.`), link);

    const other = await context.browser()?.newContext();
    assert.ok(other);
    const there = await other.newPage();
    await there.goto(link);
    await settled(there);
    assert.deepEqual(await fileNames(there), await fileNames(page));
    assert.equal(
      await there.getByRole('tab', { name: '_lib.toml.tera' }).getAttribute('aria-selected'),
      'true',
    );
    assert.equal(await textOf(there), text);
    assert.equal(await there.getByLabel('Level').inputValue(), 'syntax');
    assert.equal(await there.getByLabel('Seed').inputValue(), '42');
    assert.equal(await there.getByLabel('Clock').inputValue(), '2025-01-01T00:00:00Z');
    await other.close();
  });
});

test('a chosen combination of a matrix travels in the link', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Matrix');
    await page
      .getByRole('combobox', { name: 'Matrix' })
      .selectOption('os = debian:12-slim, size = 1000');
    await page.locator('.right .cm-line', { hasText: 'image = "debian:12-slim"' }).waitFor();
    const link = await copyLink(page);
    await page.goto('about:blank');
    await page.goto(link);
    await page.locator('.right .cm-line', { hasText: 'image = "debian:12-slim"' }).waitFor();
    assert.equal(
      await page.getByRole('combobox', { name: 'Matrix' }).inputValue(),
      'os = debian:12-slim, size = 1000',
    );
  });
});

test('a link of version 1, as it was made in 2026, is still read', async () => {
  const link =
    '#v1.bY9BSgQxFESv8iloUGh6KwTmJEkjMf2VMMnvIfkzDISAd3AruPNgnsAjSDeiLtxWPepRDY8xcYWxDeIzw-DIJ51CkpInXXPCCOWrwsBmVj872Tg6kNtJ-nh9oc-392cHJ06srcqnOv_Fylnq1oY1Zy8LHcg6aDmzw-wEffxR36f4sEsn5eJ_zW2g7ENZKd_c0tDbQCzLd0JD30bmET5ovPz_oLJqlKcK05D4wgkGlbMXjWGveYHBHUaEtIYjDDAiey3xCtN6718';
  await visit(world.browser, world.url + link, async (page) => {
    assert.deepEqual(await fileNames(page), ['kept.clnrm.toml', '_lib.toml.tera']);
    assert.equal(await page.getByLabel('Seed').inputValue(), '7');
    assert.match(await textOf(page), /name = "kept ✓ 🦀"/);
  });
});

test('a link opens beside the draft, which stays as it was', async () => {
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, BROKEN);
    await says(page, '1 error');
    await page.goto(world.url + filesLink([{ name: 'other.clnrm.toml', text: GOOD }]));
    await says(page, 'No problems');
    assert.deepEqual(await fileNames(page), ['other.clnrm.toml']);
    await page.getByRole('button', { name: 'Drafts', exact: true }).click();
    await page.getByRole('dialog').getByText('Basics', { exact: true }).click();
    await says(page, '1 error');
    assert.equal(await textOf(page), BROKEN);
  });
});

test('a reload after a link goes on with what became of it', async () => {
  const link = filesLink([{ name: 'a.clnrm.toml', text: GOOD }]);
  await visit(world.browser, world.url + link, async (page) => {
    await write(page, BROKEN);
    await says(page, '1 error');
    await page.reload();
    await says(page, '1 error');
    assert.equal(await textOf(page), BROKEN);
  });
});

test(
  'files too large for a link are offered as a download, which opens again',
  needs('downloads'),
  async () => {
    await visit(world.browser, world.url, async (page) => {
      await openExample(page, 'Macros of your own');
      let noise = '';
      for (let seed = 1; noise.length < 60_000; seed = (seed * 48271) % 2147483647)
        noise += seed.toString(36);
      await write(page, `# ${noise}\n${GOOD}`);
      await says(page, 'No problems');
      await page.getByRole('button', { name: 'Share', exact: true }).click();
      await page.getByText('beyond 16 KB').waitFor();
      const downloading = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download the files' }).click();
      const path = await (await downloading).path();
      await page.getByRole('button', { name: 'Drafts', exact: true }).click();
      const { readFile } = await import('node:fs/promises');
      await page.getByLabel('Open files from your disk').setInputFiles({
        name: 'back.clnrm-playground.json',
        mimeType: 'application/json',
        buffer: await readFile(path),
      });
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      assert.deepEqual(await fileNames(page), [
        'own-macros.clnrm.toml.tera',
        '_lib.toml.tera',
        'shared/_head.toml.tera',
      ]);
    });
  },
);

test('a link that is cut off says so, and nothing is lost', async () => {
  const whole = filesLink([{ name: 'a.clnrm.toml', text: GOOD.repeat(20) }]);
  await visit(world.browser, world.url, async (page) => {
    await openExample(page, 'Basics');
    await write(page, BROKEN);
    for (const link of [
      whole.slice(0, whole.length / 2),
      '#v1.AAAA',
      '#v1.',
      '#v1.%%%%',
      '#v1.ÿ',
    ]) {
      await page.goto('about:blank');
      await page.goto(world.url + link);
      await page.getByText('The link is damaged').waitFor();
      await says(page, '1 error');
      assert.equal(await textOf(page), BROKEN);
    }
  });
});

test('a link of a version to come says so', async () => {
  await visit(world.browser, world.url + linkOf({}, 2), async (page) => {
    await page.getByText('made by a newer playground (version 2)').waitFor();
  });
});

test('a link that holds something else says so', async () => {
  for (const content of [null, 7, [], {}, { files: [] }, { files: [{ name: 1, text: 'x' }] }]) {
    await visit(world.browser, world.url + linkOf(content), async (page) => {
      await page.getByText('The link holds no files').waitFor();
    });
  }
});

test('a link that unpacks to too much is not opened', async () => {
  const link = filesLink([{ name: 'a.clnrm.toml', text: '#'.repeat(5_000_000) }]);
  await visit(world.browser, world.url + link, async (page) => {
    await page.getByText('more than 2 MB').waitFor();
    await settled(page);
  });
});

test('a large text is told to be too large, and can still be edited', async () => {
  const link = filesLink([{ name: 'a.clnrm.toml', text: '# much\n'.repeat(200_000) }]);
  await visit(world.browser, world.url + link, async (page) => {
    await says(page, '1 error');
    await page.getByRole('tab', { name: 'Problems' }).click();
    await page.getByRole('button', { name: 'T109' }).waitFor();
    await write(page, GOOD);
    await says(page, 'No problems');
  });
});

test('a template that runs away is stopped', async () => {
  const runaway = [
    '{% for a in range(end=100000) %}{% for b in range(end=100000) %}{{ a }}{% endfor %}{% endfor %}',
    '{% set a = "xxxxxxxxxxxxxxxx" %}{% for i in range(end=60) %}{% set_global a = a ~ a %}{% endfor %}{{ a }}',
    '{% macro m() %}{{ self::m() }}{% endmacro m %}{{ self::m() }}',
    '{% include "a.clnrm.toml.tera" %}',
    `{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`,
  ];
  for (const text of runaway) {
    await visit(
      world.browser,
      world.url + filesLink([{ name: 'a.clnrm.toml.tera', text }]),
      async (page) => {
        await says(page, 'error');
        await write(page, GOOD);
        await says(page, 'No problems');
      },
    );
  }
});

test('script in names and texts is only ever text', async () => {
  const evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>.clnrm.toml';
  const text = BROKEN.replace('bix', '</code><img src=x onerror=alert(1)>');
  const link = filesLink([
    { name: evil, text },
    { name: 'javascript:alert(1)', text: evil },
  ]);
  await visit(world.browser, world.url + link, async (page) => {
    let asked = false;
    page.on('dialog', (dialog) => {
      asked = true;
      void dialog.dismiss();
    });
    await says(page, '1 error');
    for (const pane of ['Problems', 'Graph', 'Statistics', 'Rendered']) {
      await page.getByRole('tab', { name: pane }).click();
      await page.getByRole('tabpanel', { name: pane }).waitFor();
    }
    await page.getByRole('button', { name: 'Drafts', exact: true }).click();
    await page.getByRole('dialog').getByText(`Shared: ${evil}`, { exact: true }).waitFor();
    assert.deepEqual(await fileNames(page), [evil, 'javascript:alert(1)']);
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(asked, false);
  });
});
