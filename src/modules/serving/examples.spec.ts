import { describe, expect, it } from 'vitest';
import { RampartError } from '../../errors/index.js';
import { nestExamples, readExamples } from './examples.js';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RampartError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('examples of a JSON body', () => {
  const shape = [2, 1, 2];
  const nested = [[[1, 2]], [[3, 4]]];

  it('reads nested and flat examples alike', () => {
    expect([...readExamples([nested, [5, 6, 7, 8]], shape, 10, 'X')]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('gives back what it read', () => {
    expect(nestExamples(readExamples([nested, [5, 6, 7, 8]], shape, 10, 'X'), shape)).toEqual([nested, [[[5, 6]], [[7, 8]]]]);
    expect(nestExamples(new Float32Array([1, 2, 3, 4]), [2])).toEqual([[1, 2], [3, 4]]);
  });

  it.each([
    ['a row of another length', [1, 2, 3], 'of shape [3]'],
    ['a ragged example', [[[1, 2]], [[3]]], 'of shape [2, 1, 2]'],
    ['no list', 5, 'a number'],
    ['null', null, 'a null'],
    ['text for a number', [1, 2, 3, '4'], 'of shape [4]'],
  ])('refuses %s', (_what, instance, found) => {
    expect(codeOf(() => readExamples([nested, instance], shape, 10, 'X'))).toContain(`wrong-input-shape: example 1 is ${found}`);
  });

  it('refuses numbers beyond float32, and too many examples', () => {
    expect(codeOf(() => readExamples([[1e39, 0, 0, 0]], shape, 10, 'X'))).toContain('invalid-request');
    expect(codeOf(() => readExamples([nested, nested], shape, 1, 'RAMPART_X'))).toContain('at most 1 are taken at once (setting RAMPART_X)');
  });
});
