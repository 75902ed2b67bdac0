// Languages: each module's texts are files of their own, one for each language, and only those in use are loaded.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { keepOnShelf, readShelf } from '../live/shelf';

export const LANGUAGES = ['es', 'pt-BR', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language by its own name. */
export const LANGUAGE_NAMES: Record<Language, string> = { es: 'Español', 'pt-BR': 'Português', en: 'English' };

/** Texts of one module: how they are loaded. */
export type Texts = Record<Language, () => Promise<{ default: object }>>;

const KEY = 'dashoffice.language';
/** What every page says, whichever module it is of. */
const common: Texts = {
  en: () => import('./en.json'),
  es: () => import('./es.json'),
  'pt-BR': () => import('./pt-BR.json'),
};
/** What is on the page, or was: another language is loaded for all of it. */
const inUse = new Set<Texts>();
const loaded = new Map<Texts, Set<Language>>();

function match(tag: string | null | undefined): Language | undefined {
  if (tag === null || tag === undefined) return undefined;
  return LANGUAGES.find((language) => language.slice(0, 2) === tag.slice(0, 2).toLowerCase());
}

/** What the person chose on this device, else what the browser asks for. */
function preferred(): Language {
  return match(readShelf(KEY)) ?? navigator.languages.map(match).find((found) => found !== undefined) ?? 'en';
}

async function load(texts: Texts, language: Language): Promise<void> {
  const here = loaded.get(texts) ?? new Set();
  loaded.set(texts, here);
  if (here.has(language)) return;
  i18next.addResourceBundle(language, 'translation', (await texts[language]()).default, true);
  here.add(language);
}

/** Makes the texts of a module ready to be shown, in the language that is spoken, also where that changes meanwhile. */
export async function bringTexts(texts: Texts): Promise<void> {
  inUse.add(texts);
  let language: string;
  do {
    language = i18next.language;
    await load(texts, language as Language);
  } while (language !== i18next.language);
}

export async function startLanguages(): Promise<void> {
  const language = preferred();
  await i18next.use(initReactI18next).init({ lng: language, fallbackLng: false, resources: {}, interpolation: { escapeValue: false }, react: { useSuspense: false } });
  i18next.on('languageChanged', (now) => (document.documentElement.lang = now));
  await bringTexts(common);
  document.documentElement.lang = language;
}

export async function chooseLanguage(language: Language, keep = true): Promise<void> {
  if (keep) keepOnShelf(KEY, language);
  await Promise.all([...inUse].map((texts) => load(texts, language)));
  await i18next.changeLanguage(language);
}

/** The account's language, where nothing was chosen on this device. */
export async function offerLanguage(tag: string | null): Promise<void> {
  const language = match(tag);
  if (language !== undefined && readShelf(KEY) === null && language !== i18next.language) await chooseLanguage(language, false);
}
