// The kit where only a browser tells: what lies over what, who takes Escape, colours, and the console's own policy for scripts and styles.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mock, serve } from '../mock/server';
import { objections } from './axe';
import { openBrowser, openPage } from './stage';

const dist = mkdtempSync(join(tmpdir(), 'dashoffice-kit-'));
let mock: Mock;
let browser: Browser;

beforeAll(async () => {
  await build({ configFile: 'kit/vite.config.ts', logLevel: 'error', build: { outDir: dist } });
  [mock, browser] = await Promise.all([serve({ console: dist, trafficMs: 0 }), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await mock.stop();
  rmSync(dist, { recursive: true });
});

describe.each(['light', 'dark'] as const)('the kit, %s', (colorScheme) => {
  it.each([1_280, 390])('axe objects to nothing at %i px, and the page keeps to its policy', async (width) => {
    const { page, context, errors } = await openPage(browser, { viewport: { width, height: 800 }, colorScheme });
    await page.goto(mock.url);
    await page.getByRole('button', { name: 'Beatriz Rocha' }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('toolbar', { name: '1 selected' }).waitFor();
    expect(await objections(page)).toEqual([]);
    await page.getByRole('button', { name: 'Ana Lima' }).click();
    await page.getByRole('combobox', { name: 'Looks after' }).click();
    await page.getByRole('option', { name: 'Caio Prado' }).waitFor();
    expect(await objections(page)).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });
});

it('by the keyboard alone somebody is found, changed, and saved after somebody else was quicker', async () => {
  const { page, context, errors } = await openPage(browser);
  await page.goto(mock.url);
  await page.getByRole('searchbox').focus();
  await page.keyboard.type('rui');
  await page.getByRole('button', { name: 'Ana Lima' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Rui Costa' }).focus();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Rui Costa' });
  const name = drawer.getByRole('textbox', { name: 'Name' });
  // The first field has the focus: what is typed stands in it.
  await page.keyboard.press('End');
  await page.keyboard.type(' Filho');
  await expect.poll(() => name.inputValue()).toBe('Rui Costa Filho');

  // Escape shuts the list, then asks; the answer leads back to where one was.
  const people = drawer.getByRole('combobox', { name: 'Looks after' });
  await people.focus();
  await page.keyboard.type('ana');
  await page.getByRole('option', { name: 'Ana Lima' }).waitFor();
  await page.keyboard.press('Enter');
  await drawer.getByRole('button', { name: 'Take away: Ana Lima' }).waitFor();
  await page.keyboard.type('cai');
  await page.getByRole('option', { name: 'Caio Prado' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('option', { name: 'Caio Prado' }).waitFor({ state: 'detached' });
  expect(await page.getByRole('dialog').count()).toBe(1);
  await page.keyboard.press('Escape');
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  await question.waitFor();
  await page.keyboard.press('Enter');
  await question.waitFor({ state: 'detached' });
  expect(await name.inputValue()).toBe('Rui Costa Filho');

  await name.press('Enter');
  const told = drawer.getByRole('alert', { name: 'Somebody changed this in the meantime' });
  await told.getByText('Rui Costa (changed)').waitFor();
  await told.getByRole('button', { name: 'Keep mine' }).press('Enter');
  await page.getByRole('status').getByText('Saved').waitFor();
  expect(await page.getByRole('dialog').count()).toBe(0);
  // Back in the list, where one came from.
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Rui Costa');
  expect(errors).toEqual([]);
  await context.close();
});
