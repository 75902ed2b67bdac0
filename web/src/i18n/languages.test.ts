// Every language says everything, in the same places, with every plural it has; and no page says a word of its own.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '.';

type Texts = { [key: string]: string | Texts };

function flat(texts: Texts, prefix = ''): Map<string, string> {
  return new Map(Object.entries(texts).flatMap(([key, value]) => (typeof value === 'string' ? [[prefix + key, value] as const] : [...flat(value, `${prefix}${key}.`)])));
}

const PLURAL = /_(zero|one|two|few|many|other)$/;
const base = (key: string) => key.replace(PLURAL, '');
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

const MODULES = readdirSync('src/modules', { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
/** Where a module's texts stand; those that all have in common stand with the languages. */
const PLACES = ['src/i18n', ...MODULES.map((name) => `src/modules/${name}/strings`)];

function textsIn(place: string, language: string): Texts {
  return JSON.parse(readFileSync(join(place, `${language}.json`), 'utf8')) as Texts;
}

describe.each(PLACES.flatMap((place) => LANGUAGES.map((language) => [place, language] as const)))('%s in %s', (place, language) => {
  const here = flat(textsIn(place, language));
  const english = flat(textsIn(place, 'en'));

  it('says the same things as English', () => expect([...new Set([...here.keys()].map(base))].sort()).toEqual([...new Set([...english.keys()].map(base))].sort()));

  it('fills the same holes', () => {
    for (const [key, text] of here) expect([key, holes(text)]).toEqual([key, holes(english.get(key) ?? english.get(`${base(key)}_other`) ?? '')]);
  });

  it('has every plural of its language', () => {
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const key of new Set([...here.keys()].filter((key) => PLURAL.test(key)).map(base))) {
      expect([key, ...categories.map((category) => here.has(`${key}_${category}`))]).toEqual([key, ...categories.map(() => true)]);
    }
  });
});

const groupsOf = (place: string) => Object.keys(textsIn(place, 'en'));

it('no two modules say something under the same name', () => {
  const groups = PLACES.flatMap(groupsOf);
  expect(groups.filter((group, index) => groups.indexOf(group) !== index)).toEqual([]);
});

function sources(folder: string, kind = /\.tsx$/): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? sources(path, kind) : kind.test(name) && !/\.test\./.test(name) ? [path] : [];
  });
}

/** Attributes whose values people see or hear. */
const SPOKEN = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label']);

function wordsIn(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const words: string[] = [];
  const insideKey = (node: ts.Node) => ts.isJsxElement(node.parent) && node.parent.openingElement.tagName.getText() === 'kbd';
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && /\p{L}{2}/u.test(node.text) && !insideKey(node)) words.push(node.text.trim());
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer !== undefined && ts.isStringLiteral(node.initializer) && /\p{L}/u.test(node.initializer.text)) words.push(node.initializer.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return words;
}

it('no page says a word of its own', () => {
  expect(sources('src').flatMap((path) => wordsIn(path).map((word) => `${path}: ${word}`))).toEqual([]);
});

/** What `t` is asked for, by its first word; what is not written out there is not looked at. */
function groupsAsked(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/\bt\(\s*[`']([a-z_]+)/g)].map(([, group]) => group ?? '');
}

it('a module says only what it brings, or what all have in common', () => {
  const common = groupsOf('src/i18n');
  const foreign = (path: string, brought: string[]) => groupsAsked(path).filter((group) => !brought.includes(group)).map((group) => `${path}: ${group}`);
  const code = /\.tsx?$/;
  const ofModules = MODULES.flatMap((name) => sources(`src/modules/${name}`, code).flatMap((path) => foreign(path, [...common, ...groupsOf(`src/modules/${name}/strings`)])));
  const ofAll = ['app', 'ui', 'i18n', 'live', 'api'].flatMap((floor) => sources(`src/${floor}`, code).flatMap((path) => foreign(path, common)));
  expect([...ofModules, ...ofAll]).toEqual([]);
});
