// What a module registers: pages that are loaded when they are first opened, and what it adds to the desk.
import { lazyRouteComponent } from '@tanstack/react-router';
import type { LinkOptions } from '@tanstack/react-router';
import type { ParseKeys } from 'i18next';
import type { LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';
import type { Permission } from '../api/types';
import type { Desk } from '../live/store';
import { bringTexts, type Language, type Texts } from '../i18n';

/** A page and the texts it needs, loaded together. */
export function lazyPage<Exports extends Record<string, unknown>, Name extends keyof Exports>(texts: Texts, load: () => Promise<Exports>, name: Name) {
  return lazyRouteComponent(async () => {
    const [exports] = await Promise.all([load(), bringTexts(texts)]);
    return exports as Exports & Record<Name, ComponentType>;
  }, name);
}

/** A place to go to: in the rail, by a key, in the palette. */
export interface Section {
  link: LinkOptions;
  /** Addresses that begin so belong to it. */
  path: string;
  key: string;
  icon: LucideIcon;
  /** In each language, for the rail names it before its module is loaded. */
  label: Record<Language, string>;
  /** Shown to whoever has it; absent: to everybody. */
  permission?: Permission;
}

/** Keys of a place, by what they do. */
export interface HelpSection {
  title: ParseKeys;
  keys: readonly (readonly [key: string, does: ParseKeys])[];
}

/** Something that the palette found, and where it is. */
export interface Found {
  key: string;
  name: string;
  /** What tells it from others of the name. */
  about: string;
  link: LinkOptions;
}

/** What a module adds to the desk, wherever one is in it. */
export interface DeskPart {
  sections: readonly Section[];
  /** Bars over every page. */
  Bars?: ComponentType;
  help?: readonly HelpSection[];
  /** Things whose name has the words, the best first. */
  find?: (desk: Desk, words: string, atMost: number) => readonly Found[];
  /** Asks the server for more of them; they are found once they are there. */
  seek?: (desk: Desk, words: string) => void;
  /** Texts of bars and help: they are there with the desk. */
  texts?: Texts;
}
