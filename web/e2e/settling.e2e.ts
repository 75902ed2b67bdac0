// What may not have arrived: an agent says what became of it, or sends it again; nothing is sent twice by itself. On every stage there is.
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { onEveryStage } from './telling';

async function says(page: Page, log: Locator, words: string): Promise<Locator> {
  await page.getByRole('textbox', { name: /^Answer to/ }).fill(words);
  await page.keyboard.press('Enter');
  return log.getByRole('article', { name: /^Us/ }).filter({ hasText: words });
}

const uncertain = (said: Locator) => said.getByRole('group', { name: 'Perhaps sent' });

onEveryStage(({ stage, freshDesk, pickedChat }) => {
  it('a lost message says so; the agent has asked, and says what became of it; the one behind it goes', async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'Is it on its way?');
    await stage().losesAnswers(true);
    const arrived = await says(page, log, 'Yes, it left today');
    await uncertain(arrived).waitFor();
    await arrived.locator('[data-status=unknown]').waitFor();
    await stage().losesAnswers(false);
    const next = await says(page, log, 'It comes tomorrow');
    await uncertain(arrived).getByRole('button', { name: 'It arrived', exact: true }).click();
    await arrived.locator('[data-status=sent]').waitFor();
    await log.getByText('The message arrived, said by: You').waitFor();
    // Well before the thirty seconds that it would have waited by itself.
    await next.locator('[data-status=read]').waitFor({ timeout: 60_000 });
    expect((await customer.received()).map(({ text }) => text)).toEqual(['It comes tomorrow']);
  });

  it('by keys alone: it did not arrive, hence it is sent again, once', async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'May I have the address?');
    await stage().losesAnswers(true);
    const lost = await says(page, log, 'Rua das Flores, 7');
    await uncertain(lost).waitFor();
    await stage().losesAnswers(false);
    await uncertain(lost).getByRole('button', { name: 'It did not arrive' }).focus();
    await page.keyboard.press('Enter');
    await lost.getByText('It did not arrive. Said by: You.').waitFor();
    await lost.getByRole('button', { name: 'Send again' }).focus();
    await page.keyboard.press('Enter');
    await lost.getByText('It was sent again as a new message.').waitFor();
    await expect.poll(() => customer.received()).toEqual([{ kind: 'text', text: 'Rua das Flores, 7', answers: null }]);
    expect(await lost.getByRole('button', { name: 'Send again' }).count()).toBe(0);
    await log.getByText('Sent again by: You').waitFor();
    expect(await lost.count()).toBe(2);
  });

  it('whoever does not want to ask is asked whether it may come twice, and the new one goes', async () => {
    const page = await freshDesk();
    const { customer, log } = await pickedChat(page, 'How much is it?');
    await stage().losesAnswers(true);
    const lost = await says(page, log, 'Twelve');
    await uncertain(lost).getByRole('button', { name: 'Send again' }).click();
    await uncertain(lost).getByText('The customer may get it twice.').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => uncertain(lost).getByRole('button', { name: 'Send again' }).evaluate((button) => button === document.activeElement)).toBe(true);
    await stage().losesAnswers(false);
    await page.keyboard.press('Enter');
    await uncertain(lost).getByRole('button', { name: 'Send it all the same' }).press('Enter');
    await lost.first().getByText('Whether this one arrived is not known.').waitFor();
    await lost.locator('[data-status=read]').waitFor({ timeout: 60_000 });
    expect(await customer.received()).toEqual([{ kind: 'text', text: 'Twelve', answers: null }]);
    await page.reload();
    await lost.first().getByText('Whether this one arrived is not known.').waitFor();
    expect(await lost.count()).toBe(2);
  });
});
