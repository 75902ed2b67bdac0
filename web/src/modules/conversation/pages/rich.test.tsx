import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { rich } from './rich';

const html = (text: string) => renderToStaticMarkup(<>{rich(text)}</>);

it.each([
  ['*bold* and _italic_ and ~gone~', '<strong>bold</strong> and <em>italic</em> and <s>gone</s>'],
  ['2*3*4 and snake_case_name', '2*3*4 and snake_case_name'],
  ['*both _at_ once*', '<strong>both <em>at</em> once</strong>'],
  ['<b>&amp;</b>', '&lt;b&gt;&amp;amp;&lt;/b&gt;'],
  ['*not\nover lines*', '*not\nover lines*'],
])('%s', (text, expected) => expect(html(text)).toBe(expected));

it('an address can be followed, without the full stop behind it and without telling where from', () => {
  expect(html('see https://example.com/a?b=1.')).toBe(
    'see <a href="https://example.com/a?b=1" target="_blank" rel="noopener noreferrer nofollow" class="underline underline-offset-2">https://example.com/a?b=1</a>.',
  );
});

it('a script is no address', () => expect(html('javascript:alert(1)')).toBe('javascript:alert(1)'));
