import { describe, expect, it } from 'vitest';
import { readTensor, showTensor, type TensorInput } from './tensor-json.js';

const read = (value: TensorInput, dtype: 'float32' | 'int32' | 'bool' = 'float32') => readTensor(value, dtype, '/inputs/x', 100);

describe('tensors of JSON bodies', () => {
  it('are numbers, nested lists, or objects with nested or flat data', () => {
    expect(read(2.5)).toEqual({ dtype: 'float32', shape: [], data: Float32Array.of(2.5) });
    expect(read([[1, 2], [3, 4]])).toEqual({ dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    expect(read({ dtype: 'int32', shape: [2, 1], data: [7, -8] })).toEqual({ dtype: 'int32', shape: [2, 1], data: Int32Array.of(7, -8) });
    expect(read({ dtype: 'int32', shape: [2, 1], data: [[7], [-8]] }).data).toEqual(Int32Array.of(7, -8));
    expect(read({ dtype: 'float32', shape: [], data: [3] })).toEqual({ dtype: 'float32', shape: [], data: Float32Array.of(3) });
    expect(read([true, false, 1], 'bool').data).toEqual(Uint8Array.of(1, 0, 1));
    expect(read([], 'int32').shape).toEqual([0]);
    expect(read([-2147483648, 2147483647], 'int32').data).toEqual(Int32Array.of(-2147483648, 2147483647));
  });

  it('come back as they were, not finite numbers too', () => {
    const shown = showTensor(read([[0.5, 'NaN'], ['-Infinity', 'Infinity']]));
    expect(shown).toEqual({ dtype: 'float32', shape: [2, 2], data: [0.5, 'NaN', '-Infinity', 'Infinity'] });
    expect(read(shown)).toEqual({ dtype: 'float32', shape: [2, 2], data: Float32Array.of(0.5, NaN, -Infinity, Infinity) });
    expect(showTensor(read([true], 'bool')).data).toEqual([true]);
  });

  it.each<[string, TensorInput, 'float32' | 'int32' | 'bool', RegExp]>([
    ['ragged lists', [[1, 2], [3]], 'float32', /is not regular: a list of 1 on axis 1 of \[2, 2\]/],
    ['lists among numbers', [1, [2]], 'float32', /holds \[2\]/],
    ['numbers among lists', [[1], 2], 'float32', /no list on axis 1/],
    ['text', ['1'], 'float32', /holds "1"; accepted: numbers/],
    ['null', [null], 'float32', /holds null/],
    ['numbers beyond float32', [1e39], 'float32', /holds 1e\+39/],
    ['fractions for int32', [0.5], 'int32', /holds 0.5; accepted: whole numbers/],
    ['numbers beyond int32', [2147483648], 'int32', /holds 2147483648/],
    ['numbers for bool', [2], 'bool', /accepted: true, false, 1 or 0/],
    ['seven axes', [[[[[[[1]]]]]]], 'float32', /more than 6 axes/],
    ['too many elements', { dtype: 'float32', shape: [101], data: [] }, 'float32', /101 elements; accepted: up to 100/],
    ['lengths whose product overflows', { dtype: 'float32', shape: [2147483647, 2147483647, 2147483647], data: [] }, 'float32', /elements/],
    ['data that do not fill the shape', { dtype: 'float32', shape: [2, 2], data: [1, 2, 3] }, 'float32', /a list of 3 on axis 0 of \[2, 2\]/],
  ])('refuse %s', (_, value, dtype, message) => {
    expect(() => read(value, dtype)).toThrowError(message);
  });
});
