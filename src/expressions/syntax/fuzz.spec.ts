import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { diagnose } from '../parse-expression.js';
import { Problems } from '../source/problem.js';
import { tokenize } from './lexer.js';
import { TokenStream } from './token-stream.js';

const programs = [
  'input x: float32[n, 3]\ninput y: int32[n]\nshared w: float32[3, 2] = normal(seed: 1) * 0.01\nlet z = x @ w\nlet loss = mean(crossEntropy(z, y))\nlet [gw] = grad(loss, [w])\nupdate w = w - 0.1 * gw\noutput loss\n',
  'fn swish(t, k) = {\n  let s = sigmoid(k * t)\n  t * s\n}\ninput x: float32[4, n]\nstream noise(seed: 3)\noutput a = swish(x[1:, ...], k: 2) # comment\noutput b = where(x > 0 and not (x == 1), -x ^ 2, uniform([4, n], stream: noise))\n',
  'let a = [[1, 2], [3, 4]]\nlet f = (t) => t + 1\noutput y = a[::-1, -1] // 2 % 3\noutput z = concat([a, a], axis: 1)[:, ::2]\n',
];

const words = ['input', 'shared', 'let', 'fn', 'update', 'output', 'stream', 'x', 'y', 'sum', 'grad', 'float32', 'n', '1', '2.5', '1e9', '(', ')', '[', ']', '{', '}', ',', ':', '=', '=>', '==', '<', '+', '-', '*', '/', '//', '%', '@', '^', '...', 'and', 'not', 'true', '\n', ' ', '#', '\u00e9'];

/** Checks what must hold for every text: problems with a place in it, or a module; and one look at each token. */
function survives(source: string): void {
  const take = vi.spyOn(TokenStream.prototype, 'take');
  try {
    const { module, problems } = diagnose(source);
    expect(module === undefined).toBe(problems.length > 0);
    const lengths = source.split(/\r\n|\n|\r/).map((line) => line.length);
    for (const { line, column, message } of problems) {
      expect(message).not.toBe('');
      expect(line).toBeLessThanOrEqual(lengths.length);
      expect(column).toBeLessThanOrEqual(lengths[line - 1]! + 1);
      expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
    }
    const tokens = tokenize(source, new Problems()).length;
    expect(tokens).toBeLessThanOrEqual(source.length + 2);
    expect(take.mock.calls.length).toBeLessThanOrEqual(tokens);
  } finally {
    take.mockRestore();
  }
}

const runs = { numRuns: 400 };

describe('no text breaks the parser', () => {
  it('random characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), survives), runs);
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), survives), runs);
  });

  it('random words of the language', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...words), { maxLength: 80 }), fc.constantFrom('', ' '), (parts, between) => survives(parts.join(between))), runs);
  });

  it('programs with a part cut out, doubled, moved or replaced', () => {
    const edit = fc.record({ program: fc.constantFrom(...programs), from: fc.nat(400), length: fc.nat(30), to: fc.nat(400), word: fc.constantFrom('', ...words) });
    fc.assert(fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      survives(edits.reduce((source, { from, length, to, word }) => {
        const part = source.slice(from, from + length);
        const rest = source.slice(0, from) + word + source.slice(from + length);
        return rest.slice(0, to) + part + rest.slice(to);
      }, edits[0]!.program));
    }), runs);
  });

  it('the programs themselves have no problem', () => {
    for (const program of programs) expect(diagnose(program).problems).toEqual([]);
  });
});
