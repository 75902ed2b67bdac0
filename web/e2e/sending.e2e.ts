// What is more than words: customers' files, reactions, quotes, files and templates of ours; to what is seen at WhatsApp's end. On every stage there is.
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { onEveryStage } from './telling';

/** Whether the browser could show it. */
function shown(picture: Locator): Promise<boolean> {
  return picture.evaluate((img) => (img as HTMLImageElement).naturalWidth > 0);
}

/** By keys: the newest message, its menu, and a reaction. */
async function react(page: Page, article: Locator, emoji: string): Promise<void> {
  await article.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemradio', { name: emoji }).click();
}

onEveryStage(({ freshDesk, pickedChat }) => {
  it("a customer's picture is shown where it was sent, and large when it is asked for", async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'Look at this box');
    await customer.sends('image');
    const picture = log.getByRole('button', { name: /^Show large/ });
    await picture.waitFor();
    await expect.poll(() => shown(picture.locator('img'))).toBe(true);
    await picture.click();
    const large = page.getByRole('dialog', { name: 'Picture' }).getByRole('img');
    await expect.poll(() => shown(large)).toBe(true);
    await page.keyboard.press('Escape');
    await page.reload();
    await expect.poll(() => shown(picture.locator('img'))).toBe(true);
  });

  it('a voice note says how long it is, and plays to its end', async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'I will say it');
    await customer.sends('voice');
    const note = log.getByRole('group', { name: 'Voice note' });
    await note.getByText('00:01').waitFor();
    await note.getByRole('button', { name: 'Play: Voice note' }).click();
    await note.getByRole('button', { name: 'Pause' }).waitFor();
    await expect.poll(async () => Number(await note.getByRole('slider').inputValue())).toBeGreaterThan(0.2);
    await note.getByRole('button', { name: 'Play: Voice note' }).waitFor();
  });

  it('a document says what it is, and is saved under its name', async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'Here is the receipt');
    await customer.sends('document');
    const row = log.getByRole('link', { name: /\.pdf/ });
    await row.getByText(/^PDF · \d+ byte/).waitFor();
    const saved = page.waitForEvent('download');
    await row.click();
    expect((await saved).suggestedFilename()).toMatch(/\.pdf$/);
    expect(await (await saved).failure()).toBeNull();
  });

  it('a reaction is shown at once, reaches the customer, and is taken back', async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'It arrived today!');
    const said = log.getByRole('article').filter({ hasText: 'It arrived today!' });
    const ours = said.getByTitle('Reaction of: Us');
    await react(page, said, '❤️');
    await ours.getByText('❤️').waitFor();
    await expect.poll(() => customer.received()).toEqual([{ kind: 'reaction', text: '❤️', answers: null }]);
    await said.focus();
    await page.keyboard.press('Enter');
    expect(await page.getByRole('menuitemradio', { name: '❤️' }).getAttribute('aria-checked')).toBe('true');
    await page.getByRole('menuitemradio', { name: '❤️' }).click();
    await ours.waitFor({ state: 'detached' });
    await expect.poll(async () => (await customer.received()).map(({ text }) => text)).toEqual(['❤️', '']);
    await page.reload();
    await said.waitFor();
    expect(await ours.count()).toBe(0);
  });

  it('an answer to one of two questions reaches the customer as a quote of it', async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'Do you have it in green?');
    await customer.writes('And until when are you open?');
    await log.getByText('And until when are you open?').waitFor();
    await log.getByRole('article').filter({ hasText: 'in green' }).focus();
    await page.keyboard.press('r');
    await page.keyboard.type('In two greens');
    await page.keyboard.press('Enter');
    const answer = log.getByRole('article', { name: /^Us/ }).filter({ hasText: 'In two greens' });
    await answer.locator('[data-status=read]').waitFor({ timeout: 60_000 });
    expect(await customer.received()).toEqual([{ kind: 'text', text: 'In two greens', answers: 'Do you have it in green?' }]);
  });

  it('a file is sent by its address, with words beside it', async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'What else do you sell?');
    await page.getByRole('button', { name: 'Send a file by its address' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send a file by its address' });
    await dialog.getByLabel('Address').fill('http://example.com/catalogue.pdf');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'must begin with https' }).waitFor();
    await dialog.getByLabel('Address').fill('https://example.com/catalogue.pdf');
    expect(await dialog.getByLabel('Kind').inputValue()).toBe('document');
    expect(await dialog.getByLabel('Name of the file').inputValue()).toBe('catalogue.pdf');
    await dialog.getByLabel('Words beside it').fill('Everything we have');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.waitFor({ state: 'detached' });
    const sent = log.getByRole('article', { name: /^Us/ }).filter({ hasText: 'Everything we have' });
    await sent.getByText('catalogue.pdf').waitFor();
    await sent.locator('[data-status=read]').waitFor({ timeout: 60_000 });
    expect(await customer.received()).toEqual([{ kind: 'document', text: 'Everything we have', answers: null }]);
  });

  it('a template is all that may be sent once the window is shut: found by words, filled in by keys, read before it goes, and it goes', async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'I wrote yesterday', (first) => first.wroteTooLongAgo('I wrote yesterday'));
    await page.getByText('The service window is shut: only a template may be sent').waitFor();
    expect(await page.getByRole('textbox', { name: /^Answer to/ }).count()).toBe(0);
    const search = page.getByRole('combobox', { name: 'Search the templates' });
    await search.fill('visita');
    await page.getByRole('option', { name: /appointment_reminder/ }).waitFor();
    expect(await page.getByRole('option').count()).toBe(1);
    await page.keyboard.press('Enter');
    for (const value of ['Maria', 'terça-feira']) {
      await page.keyboard.type(value);
      await page.keyboard.press('Enter');
    }
    const words = 'Olá Maria, lembramos da sua visita em terça-feira.';
    await page.getByRole('figure', { name: 'What the customer will read' }).getByText(words).waitFor();
    await page.keyboard.press('Enter');
    const sent = log.getByRole('article', { name: /^Us/ }).filter({ hasText: words });
    await sent.locator('[data-status=read]').waitFor({ timeout: 60_000 });
    expect(await customer.received()).toEqual([{ kind: 'template', text: 'appointment_reminder Maria terça-feira', answers: null }]);
  });

  it('a template goes out of an open window too, by a key', async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'When am I to come?');
    await page.getByRole('textbox', { name: /^Answer to/ }).focus();
    await page.keyboard.press('Alt+t');
    await page.getByRole('combobox', { name: 'Search the templates' }).waitFor();
    await page.keyboard.type('visita');
    await page.getByRole('option', { name: /appointment_reminder/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type('Ana');
    await page.keyboard.press('Enter');
    await page.keyboard.type('dia 12');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: /^Answer to/ }).waitFor();
    await log.getByRole('article', { name: /^Us/ }).filter({ hasText: 'Olá Ana' }).locator('[data-status=read]').waitFor({ timeout: 60_000 });
    expect((await customer.received()).map(({ text }) => text)).toEqual(['appointment_reminder Ana dia 12']);
  });
});
