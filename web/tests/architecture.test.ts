// Who may name whom. A module stands on the floors that all share and knows no other module; the floors know no module: what a
// module adds to them it registers in `src/modules`, a line for each.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const FLOORS = ['api', 'app', 'i18n', 'live', 'ui'];
/** The shell, which puts the registered modules on the page. */
const REGISTRIES: Record<string, string[]> = {
  'src/modules/index': ['src/app/router.tsx'],
  'src/modules/desk': ['src/app/DeskLayout.tsx', 'src/app/Help.tsx', 'src/app/sections.ts', 'src/app/palette/choices.ts'],
  'src/modules/slices': ['src/app/DeskLayout.tsx'],
};
/** What a module shows of itself where it is registered. */
const FACES = /^src\/modules\/\w+\/(routes|desk|live\/\w+|strings\/en\.json)$/;

interface Import {
  from: string;
  /** Without its ending. */
  to: string;
}

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : /\.tsx?$/.test(name) && !/\.test\./.test(name) ? [path] : [];
  });
}

function importsOf(path: string): Import[] {
  return ts
    .preProcessFile(readFileSync(path, 'utf8'), true, true)
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => ({ from: path, to: normalize(join(dirname(path), fileName)).replace(/^src\/modules$/, 'src/modules/index') }));
}

const all = files('src').flatMap(importsOf);
const said = ({ from, to }: Import) => `${from} names ${to}`;
/** `ui`, `app` …, or the module's own name. */
const placeOf = (path: string) => /^src\/modules\/(\w+)\//.exec(path)?.[1] ?? /^src\/(\w+)(\/|$)/.exec(path)?.[1] ?? 'src';
const isOfModule = (path: string) => /^src\/modules\/\w+\//.test(path);
const isRegistry = (path: string) => /^src\/modules\/\w+(\.d)?\.ts$/.test(path);

describe('E6 who may name whom', () => {
  it('there is something to look at', () => {
    expect(all.length).toBeGreaterThan(300);
    expect(new Set(all.map(({ from }) => placeOf(from)))).toContain('conversation');
  });

  it('a module names the floors and itself, never another module', () => {
    const allowed = ({ from, to }: Import) => placeOf(to) === placeOf(from) || (!to.startsWith('src/modules') && FLOORS.includes(placeOf(to)));
    expect(all.filter((one) => isOfModule(one.from) && !allowed(one)).map(said)).toEqual([]);
  });

  it('a floor names no module, but the shell those that are registered', () => {
    const allowed = ({ from, to }: Import) => REGISTRIES[to]?.includes(from) === true;
    expect(all.filter((one) => !one.from.startsWith('src/modules') && one.to.startsWith('src/modules') && !allowed(one)).map(said)).toEqual([]);
  });

  it('where modules are registered, nothing is named but what they show of themselves', () => {
    const allowed = ({ to }: Import) => !isOfModule(to) || FACES.test(to);
    expect(all.filter((one) => isRegistry(one.from) && !allowed(one)).map(said)).toEqual([]);
  });

  it('the parts that make up the kit know nothing of the shell', () => {
    const lower = ['api', 'i18n', 'live', 'ui'];
    expect(all.filter(({ from, to }) => lower.includes(placeOf(from)) && !isOfModule(from) && to.startsWith('src/app/')).map(said)).toEqual([]);
  });
});
