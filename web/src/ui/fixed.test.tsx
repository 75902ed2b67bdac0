import i18next from 'i18next';
import { renderToStaticMarkup } from 'react-dom/server';
import { initReactI18next } from 'react-i18next';
import { expect, test } from 'vitest';
import es from '../i18n/es.json';
import { FixedMark } from './fixed';

await i18next.use(initReactI18next).init({ lng: 'es', resources: { es: { translation: es } } });

test('what a file holds has a lock with a name, and what it does not hold has none', () => {
  expect(renderToStaticMarkup(<FixedMark fields={[]} />)).toBe('');
  const mark = renderToStaticMarkup(<FixedMark fields={['name']} />);
  expect(mark).toContain('role="img"');
  expect(mark).toContain(`aria-label="${es.fixed}"`);
});
