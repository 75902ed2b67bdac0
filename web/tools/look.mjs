// Takes pictures of each page: both themes, three widths, three languages. `OUT` says where to; the mock is the server unless URL is set.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { build, runnerImport } from 'vite';

const out = process.env.OUT ?? 'look';
mkdirSync(out, { recursive: true });
const only = process.argv[2];
const { module } = await runnerImport('./mock/server.ts', { configFile: false });
const mock = await module.serve({ console: resolve('dist'), trafficMs: 0 });
const parts = mkdtempSync(join(tmpdir(), 'dashoffice-kit-'));
await build({ configFile: 'kit/vite.config.ts', logLevel: 'error', build: { outDir: parts } });
const kit = await module.serve({ console: parts, trafficMs: 0 });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const maria = [...mock.world.conversations.values()].find((c) => c.contact.name === 'Maria Souza');
const WIDTHS = [[1440, 900], [1024, 768], [390, 844]];
const LANGUAGES = ['es', 'pt-BR', 'en'];
const THEMES = ['light', 'dark'];
const errors = [];

async function enter(page, email, password) {
  await page.goto(`${mock.url}/sign-in`);
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.waitForURL('**/inbox');
  await page.locator('#chats a').first().waitFor();
}

for (const [width, height] of WIDTHS) {
  for (const theme of THEMES) {
    for (const language of LANGUAGES) {
      const name = `${width}-${theme}-${language}`;
      if (only && !name.includes(only)) continue;
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: language, hasTouch: width < 500, isMobile: width < 500, timezoneId: 'America/Sao_Paulo', deviceScaleFactor: 1 });
      const page = await context.newPage();
      page.on('console', (message) => message.type() === 'error' && !message.text().startsWith('WebSocket connection') && errors.push(`${name}: ${message.text()}`));
      page.on('pageerror', (error) => errors.push(`${name}: ${error.message}`));
      const picture = async (what) => page.screenshot({ path: `${out}/${what}-${name}.png` });
      await page.goto(`${mock.url}/sign-in`);
      await page.locator('button[type=submit]').waitFor();
      await picture('sign-in');
      await enter(page, 'ana@example.com', 'ana-ana-ana');
      await page.waitForTimeout(300);
      await picture('inbox');
      await page.locator('#chats a', { hasText: 'Maria Souza' }).click();
      await page.getByRole('log').locator('article').last().waitFor();
      await page.waitForTimeout(400);
      await picture('conversation');
      await page.getByRole('log').evaluate((log) => log.scrollBy(0, -1100));
      await page.waitForTimeout(400);
      await picture('conversation-kinds');
      await page.getByRole('group', { name: /Voice note|voz/ }).scrollIntoViewIfNeeded({ timeout: 3000 }).catch(() => undefined);
      await page.getByRole('log').evaluate((log) => log.scrollBy(0, -250));
      await page.waitForTimeout(400);
      await picture('conversation-media');
      await page.locator('article[tabindex]').last().focus();
      await page.keyboard.press('Enter');
      await page.waitForTimeout(200);
      await picture('message-menu');
      await page.keyboard.press('Escape');
      await page.locator('article img').first().click();
      await page.locator('dialog img').waitFor();
      await page.waitForTimeout(500);
      await picture('viewer');
      await page.keyboard.press('Escape');
      await page.locator('article[tabindex]').last().focus();
      await page.keyboard.press('r');
      await page.waitForTimeout(200);
      await picture('reply');
      await page.keyboard.press('Alt+t');
      await page.getByRole('option').first().waitFor();
      if (width < 500) await page.getByRole('option').nth(1).click();
      else await page.keyboard.press('ArrowDown');
      await page.waitForTimeout(200);
      await picture('templates');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await page.evaluate(() => document.activeElement?.blur());
      await page.keyboard.press('?');
      await page.waitForTimeout(200);
      await picture('help');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').last().waitFor();
      await page.keyboard.type('ma');
      await page.waitForTimeout(600);
      await picture('palette');
      await page.keyboard.press('Escape');
      const shut = [...mock.world.conversations.values()].find((c) => c.state === 'active' && c.owner.id === maria.owner.id && Date.parse(c.window_until) < Date.now());
      await page.goto(`${mock.url}/inbox/${shut.id}`);
      await page.getByRole('option').first().waitFor();
      await picture('window-shut');
      await page.goto(`${mock.url}/inbox/${maria.id}`);
      await page.locator('form textarea').fill('Vou confirmar com a transportadora e já volto.');
      mock.cut(9_000);
      await page.waitForTimeout(300);
      await page.keyboard.press('Enter');
      if (width < 500) await page.locator('form button[type=submit]').click();
      await page.waitForTimeout(2_400);
      await picture('offline');
      await page.waitForTimeout(7_000);
      await page.goto(`${mock.url}/inbox`);
      await page.locator('#chats a').first().waitFor();
      await page.locator('[role=tab]').nth(1).click();
      await page.locator('nav button[aria-haspopup=menu]').last().click();
      await page.waitForTimeout(200);
      await picture('queue-and-settings');
      await page.evaluate(() => localStorage.clear());
      await enter(page, 'sofia@example.com', 'sofia-sofia');
      await page.goto(`${mock.url}/board`);
      await page.locator('table').first().waitFor();
      await page.waitForTimeout(300);
      await picture('board');
      await page.goto(kit.url);
      await page.getByRole('button', { name: 'Beatriz Rocha' }).focus();
      await page.keyboard.press('Space');
      await page.getByRole('toolbar').first().waitFor();
      await picture('kit-table');
      await page.getByRole('button', { name: 'Ana Lima' }).click();
      await page.locator('dialog input[role=combobox]').last().click();
      await page.getByRole('option', { name: 'Caio Prado' }).waitFor();
      await page.waitForTimeout(400);
      await picture('kit-form');
      await context.close();
    }
  }
}
await browser.close();
await mock.stop();
await kit.stop();
rmSync(parts, { recursive: true });
console.log(errors.length === 0 ? 'no errors in the console' : [...new Set(errors)].join('\n'));
process.exit(0);
