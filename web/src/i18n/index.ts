// Languages: each is a file of its own, and only the one in use is loaded.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { keepOnShelf, readShelf } from '../live/shelf';

export const LANGUAGES = ['es', 'pt-BR', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language by its own name. */
export const LANGUAGE_NAMES: Record<Language, string> = { es: 'Español', 'pt-BR': 'Português', en: 'English' };

const KEY = 'dashoffice.language';
const files: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import('./en.json'),
  es: () => import('./es.json'),
  'pt-BR': () => import('./pt-BR.json'),
};

function match(tag: string | null | undefined): Language | undefined {
  if (tag === null || tag === undefined) return undefined;
  return LANGUAGES.find((language) => language.slice(0, 2) === tag.slice(0, 2).toLowerCase());
}

/** What the person chose on this device, else what the browser asks for. */
function preferred(): Language {
  return match(readShelf(KEY)) ?? navigator.languages.map(match).find((found) => found !== undefined) ?? 'en';
}

async function load(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) i18next.addResourceBundle(language, 'translation', (await files[language]()).default);
}

export async function startLanguages(): Promise<void> {
  const language = preferred();
  await i18next.use(initReactI18next).init({ lng: language, fallbackLng: false, resources: {}, interpolation: { escapeValue: false }, react: { useSuspense: false } });
  i18next.on('languageChanged', (now) => (document.documentElement.lang = now));
  await load(language);
  document.documentElement.lang = language;
}

export async function chooseLanguage(language: Language, keep = true): Promise<void> {
  if (keep) keepOnShelf(KEY, language);
  await load(language);
  await i18next.changeLanguage(language);
}

/** The account's language, where nothing was chosen on this device. */
export async function offerLanguage(tag: string | null): Promise<void> {
  const language = match(tag);
  if (language !== undefined && readShelf(KEY) === null && language !== i18next.language) await chooseLanguage(language, false);
}
