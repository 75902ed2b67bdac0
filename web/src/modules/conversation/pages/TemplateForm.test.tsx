import { act, cleanup, fireEvent, render } from '@testing-library/react';
import i18next from 'i18next';
import { createRef } from 'react';
import { initReactI18next } from 'react-i18next';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Conversation, Template } from '../../../api/types';
import { en } from '../../../../tests/english';
import es from '../strings/es.json';
import ptBR from '../strings/pt-BR.json';
import { DeskContext, type Desk } from '../../../live/store';
import { TemplateForm } from './TemplateForm';

const template: Template = { name: 'on_its_way', language: 'en', category: 'UTILITY', body: 'Hello {{1}}, your order {{2}} is on its way', parameters: 2 };
const command = vi.fn(() => Promise.resolve());

beforeEach(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: en }, es: { translation: es }, 'pt-BR': { translation: ptBR } }, interpolation: { escapeValue: false } });
});
afterEach(() => {
  cleanup();
  command.mockClear();
});

function opened(): { fields: HTMLTextAreaElement[]; submit: () => void; faults: () => (string | null)[] } {
  const { container } = render(
    <DeskContext value={{ command } as unknown as Desk}>
      <TemplateForm form={createRef()} conversation={{ id: 'c' } as Conversation} template={template} answering={null} back={() => {}} sent={() => {}} />
    </DeskContext>,
  );
  return {
    fields: [...container.querySelectorAll('textarea')],
    submit: () => fireEvent.submit(container.querySelector('form') as HTMLFormElement),
    faults: () => [...container.querySelectorAll('[role=alert]')].map(({ textContent }) => textContent),
  };
}
const fill = (field: HTMLElement | undefined, value: string) => field !== undefined && fireEvent.change(field, { target: { value } });

it.each([
  ['a\tb', 'Value 2: WhatsApp takes no tab in it.'],
  ['a\nb', 'Value 2: WhatsApp takes no line break in it.'],
  ['a     b', 'Value 2: WhatsApp takes at most four blanks in a row.'],
])('a value that no template takes is refused where it is written, by its name: %j', (value, said) => {
  const { fields, submit, faults } = opened();
  fill(fields[0], 'Ana');
  fill(fields[1], value);
  expect(faults()).toEqual([said]);
  submit();
  expect(command).not.toHaveBeenCalled();
  expect(document.activeElement).toBe(fields[1]);
  expect(fields.map((field) => field.getAttribute('aria-invalid'))).toEqual(['false', 'true']);
});

it('an empty value is a fault only once somebody wanted to send it', () => {
  const { fields, submit, faults } = opened();
  fill(fields[1], '   ');
  expect(faults()).toEqual([]);
  submit();
  expect(faults()).toEqual(['Value 1: fill it in first.', 'Value 2: fill it in first.']);
  expect(document.activeElement).toBe(fields[0]);
  expect(command).not.toHaveBeenCalled();
});

it('what fits is sent, without the blanks around it', () => {
  const { fields, submit } = opened();
  fill(fields[0], ' Ana  Lima\n');
  fill(fields[1], 'a    b');
  submit();
  expect(command).toHaveBeenCalledWith('send', { conversation_id: 'c', type: 'template', template: { name: 'on_its_way', language: 'en', parameters: ['Ana  Lima', 'a    b'] } });
});

it.each([['es', 'Valor 1: WhatsApp no admite tabulaciones aquí.'], ['pt-BR', 'Valor 1: o WhatsApp não aceita tabulações aqui.']])('the fault is said in %s', async (language, said) => {
  await act(() => i18next.changeLanguage(language));
  const { fields, faults } = opened();
  fill(fields[0], 'a\tb');
  expect(faults()).toEqual([said]);
});
