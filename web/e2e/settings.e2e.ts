// The office, set up in the browser of an administrator while another one looks on: of every noun each change arrives, and axe objects to nothing.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objections } from './axe';
import { binary, Office } from './office';
import { openBrowser, openPage, signIn } from './stage';

interface Noun {
  name: string;
  create: string;
  /** Fills what a new one needs beside its name. */
  fill: (page: Page) => Promise<void>;
}

const NOUNS: Noun[] = [
  {
    name: 'Holidays',
    create: 'New list of holidays',
    async fill(page) {
      await page.getByRole('button', { name: 'Add a holiday' }).click();
      await page.getByLabel('Day', { exact: true }).fill('2026-12-25');
      await page.getByRole('textbox', { name: 'Name of the holiday' }).fill('Navidad');
    },
  },
  {
    name: 'Business hours',
    create: 'New hours',
    async fill(page) {
      await page.getByRole('button', { name: 'Monday: add hours' }).click();
      await page.getByLabel('Monday: until').fill('17:30');
      await page.getByRole('button', { name: 'Tuesday to Friday like Monday' }).click();
    },
  },
  { name: 'Tags', create: 'New tag', fill: () => Promise.resolve() },
  {
    name: 'Roles',
    create: 'New role',
    async fill(page) {
      await page.getByRole('combobox', { name: 'May' }).click();
      await page.getByRole('option', { name: 'See the board' }).click();
      await page.keyboard.press('Escape');
    },
  },
];

describe.skipIf(binary === undefined)('the office', () => {
  let browser: Browser;
  let office: Office;

  beforeAll(async () => {
    [browser, office] = await Promise.all([openBrowser(), Office.open()]);
  });
  afterAll(async () => {
    await browser.close();
    await office.close();
  });

  async function opened(): Promise<{ page: Page; close: () => Promise<void> }> {
    const { page, context } = await openPage(browser);
    await signIn(page, office.url, office.person('administrator'));
    await page.getByRole('link', { name: 'Office' }).click();
    await page.getByRole('heading', { level: 1, name: 'Business hours' }).waitFor();
    return { page, close: () => context.close() };
  }

  it('of every noun what is created, changed, archived and brought back is seen in another console', async () => {
    const [here, there] = await Promise.all([opened(), opened()]);
    for (const { name, create, fill } of NOUNS) {
      const called = `Story of ${name}`;
      for (const { page } of [here, there]) await page.getByRole('link', { name, exact: true }).click();
      await here.page.getByRole('button', { name: create }).click();
      await here.page.getByRole('textbox', { name: 'Name', exact: true }).fill(called);
      await fill(here.page);
      expect(await objections(here.page), name).toEqual([]);
      await here.page.getByRole('button', { name: 'Save' }).click();
      await there.page.getByRole('button', { name: called, exact: true }).waitFor({ timeout: 5_000 });

      await here.page.getByRole('button', { name: called, exact: true }).click();
      await here.page.getByRole('textbox', { name: 'Name', exact: true }).fill(`${called}, changed`);
      await here.page.getByRole('button', { name: 'Save' }).click();
      await there.page.getByRole('button', { name: `${called}, changed` }).waitFor({ timeout: 5_000 });

      await here.page.getByRole('button', { name: `${called}, changed` }).click();
      await here.page.getByText('Changes', { exact: true }).click();
      await here.page.getByText(`Name: ${called} → ${called}, changed`).waitFor();
      await here.page.getByRole('button', { name: 'Archive' }).click();
      await there.page.getByRole('button', { name: `${called}, changed` }).waitFor({ state: 'detached', timeout: 5_000 });
      await here.page.getByRole('button', { name: 'Undo' }).click();
      await there.page.getByRole('button', { name: `${called}, changed` }).waitFor({ timeout: 5_000 });
    }
    await here.close();
    await there.close();
  }, 120_000);

  it('hours are refused field by field, say what a week comes to, and go by the holidays they name', async () => {
    const { page, close } = await opened();
    await page.getByRole('link', { name: 'Holidays', exact: true }).click();
    await page.getByRole('button', { name: 'New list of holidays' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Brasil');
    await page.getByRole('button', { name: 'Add a holiday' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('A holiday has no name.').waitFor();
    await page.getByRole('textbox', { name: 'Name of the holiday' }).fill('Natal');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('A day is missing, or is none.').waitFor();
    await page.getByLabel('Day', { exact: true }).fill('2026-12-25');
    await page.getByRole('checkbox', { name: 'Every year' }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Brasil' }).waitFor();

    await page.getByRole('link', { name: 'Business hours', exact: true }).click();
    await page.getByRole('button', { name: 'New hours' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Suporte');
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Sao Paulo');
    await page.getByRole('option', { name: 'America/Sao Paulo' }).click();
    await page.getByRole('button', { name: 'Friday: add hours' }).click();
    await page.getByLabel('Friday: from').fill('08:00');
    await page.getByLabel('Friday: until').fill('08:00');
    await page.getByRole('combobox', { name: 'Holidays' }).click();
    await page.getByRole('option', { name: 'Brasil' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('An interval ends when it begins.').waitFor();
    await page.getByLabel('Friday: until').fill('00:00');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Suporte' }).click();
    const preview = page.getByRole('region', { name: 'Open on …?' });
    await preview.getByLabel('From this day on').fill('2026-12-18');
    await preview.getByText('08:00–24:00').waitFor();
    await preview.getByLabel('From this day on').fill('2026-12-25');
    await preview.getByText('holiday').waitFor();
    expect(await preview.getByText('08:00–24:00').count()).toBe(0);
    expect(await objections(page)).toEqual([]);
    await close();
  }, 120_000);

  it('a built-in role is copied, and whoever may not administer finds no office', async () => {
    const { page, close } = await opened();
    await page.getByRole('link', { name: 'Roles', exact: true }).click();
    await page.getByRole('button', { name: 'Supervisor' }).click();
    await page.getByText('It is built in and nobody changes it.').waitFor();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Supervisor (copy)' }).waitFor();
    await close();
    const { page: theirs, context } = await openPage(browser);
    await signIn(theirs, office.url, office.person('supervisor'));
    await theirs.getByRole('link', { name: 'Board' }).waitFor();
    expect(await theirs.getByRole('link', { name: 'Office' }).count()).toBe(0);
    await theirs.goto(`${office.url}/office`);
    await theirs.getByText('You do not have the permission for this.').waitFor();
    await context.close();
  }, 120_000);
});
