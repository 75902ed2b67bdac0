// Every text there is, as `t` knows it: a line for each module. That a page says only what its module brings is held by a test.
import 'i18next';
import type common from '../i18n/en.json';
import type conversation from './conversation/strings/en.json';
import type identity from './identity/strings/en.json';
import type routing from './routing/strings/en.json';
import type settings from './settings/strings/en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof common & typeof conversation & typeof identity & typeof routing & typeof settings };
  }
}
