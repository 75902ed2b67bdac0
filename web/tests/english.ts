// Every text of the console in English, as a page has it once its module is there.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import common from '../src/i18n/en.json';
import conversation from '../src/modules/conversation/strings/en.json';
import identity from '../src/modules/identity/strings/en.json';
import routing from '../src/modules/routing/strings/en.json';

export const en = { ...common, ...conversation, ...identity, ...routing };

export async function inEnglish(): Promise<void> {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: en } }, interpolation: { escapeValue: false } });
}
