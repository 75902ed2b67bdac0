import { describe, expect, it } from 'vitest';
import type { Template } from '../../../api/types';
import { filled, holesOf, matching, unfitValue } from './templates';

const template = (body: string | null, parameters: number, name = 'pedido_a_caminho', language = 'pt_BR'): Template => ({ name, language, category: 'UTILITY', body, parameters });

describe('a template', () => {
  it('has as many holes as it wants values, named as its words name them', () => {
    expect(holesOf(template('Olá {{1}}, seu pedido {{2}}', 2))).toEqual(['1', '2']);
    expect(holesOf(template('Olá {{nome}}, {{ pedido }} e {{nome}}', 2))).toEqual(['nome', 'pedido']);
    expect(holesOf(template(null, 3))).toEqual(['1', '2', '3']);
    expect(holesOf(template('Boas-vindas', 0))).toEqual([]);
  });

  it('is shown with the values in their places, and with the holes that are still open', () => {
    expect(filled('Olá {{1}}, seu pedido {{2}} é o {{2}}', ['Ana', '77'])).toBe('Olá Ana, seu pedido 77 é o 77');
    expect(filled('Olá {{nome}}, {{quando}}', ['Ana', ''])).toBe('Olá Ana, {{quando}}');
    expect(filled('sem nada', ['x'])).toBe('sem nada');
  });

  it('takes the first value for the first number, wherever that stands', () => {
    expect(holesOf(template('Pedido {{2}} de {{1}}', 2))).toEqual(['1', '2']);
    expect(filled('Pedido {{2}} de {{1}}', ['Ana', '77'])).toBe('Pedido 77 de Ana');
  });

  it('values are taken as they are: a dollar sign is a dollar sign', () => expect(filled('Total {{1}}', ['US$& 5'])).toBe('Total US$& 5'));

  it.each<[string, ReturnType<typeof unfitValue>]>([
    ['Ana', null], ['a    b', null], ['1\u00a0000', null], ['👍', null],
    ['', 'empty'], ['a\nb', 'line_break'], ['a\rb', 'line_break'], ['a\tb', 'tab'], ['a     b', 'too_many_blanks'], ['a    b     c', 'too_many_blanks'],
  ])('takes no value that the server refuses: %j', (value, fault) => expect(unfitValue(value)).toBe(fault));

  it('is found by its name, its words or its language, without accents', () => {
    const all = [template('Olá {{1}}, até amanhã', 1), template('Hola, ¿quedó alguna duda?', 0, 'retomar', 'es')];
    expect(matching(all, 'amanha').map(({ name }) => name)).toEqual(['pedido_a_caminho']);
    expect(matching(all, 'a caminho pt').map(({ name }) => name)).toEqual(['pedido_a_caminho']);
    expect(matching(all, 'duda es').map(({ name }) => name)).toEqual(['retomar']);
    expect(matching(all, 'nothing of it')).toEqual([]);
  });
});
