// What this module says, in each language.
import type { Texts } from '../../i18n';

export const texts: Texts = {
  en: () => import('./strings/en.json'),
  es: () => import('./strings/es.json'),
  'pt-BR': () => import('./strings/pt-BR.json'),
};
