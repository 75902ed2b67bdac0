// The places a person may go to, in the order of the rail.
import { useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useDesk } from '../live/store';
import { parts } from '../modules/desk';
import type { Language } from '../i18n';
import type { Section } from './module';

export interface NamedSection extends Section {
  /** In the language that is spoken. */
  name: string;
}

export function useSections(): NamedSection[] {
  const { i18n } = useTranslation();
  const { me } = useDesk();
  return parts
    .flatMap(({ sections }) => sections)
    .filter(({ permission }) => permission === undefined || me.permissions.includes(permission))
    .map((section) => ({ ...section, name: section.label[i18n.language as Language] }));
}

/** Where one is; none: on no section's address. */
export function useSection(): NamedSection | undefined {
  const path = useLocation({ select: ({ pathname }) => pathname });
  return useSections().find((section) => path === section.path || path.startsWith(`${section.path}/`));
}
