import { describe, expect, it } from 'vitest';
import { RampartError } from '../errors/index.js';
import { diagnose, parseExpression } from './parse-expression.js';

function errorOf(source: string, limits = {}): RampartError {
  try {
    parseExpression(source, limits);
  } catch (error) {
    if (error instanceof RampartError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The kind, line and column of every problem. */
const places = (source: string): string[] => diagnose(source).problems.map(({ kind, line, column }) => `${kind} ${line}:${column}`);

const lines = (...all: readonly string[]): string => all.join('\n');
const x = 'input x: float32[n, 3]';

/** What is wrong, the source, the code, where, and what the message says. */
const mistakes: readonly (readonly [name: string, source: string, code: string, place: string, message: RegExp])[] = [
  ['an unknown name', lines(x, 'output y = x + z'), 'expression-name', '2:16', /at 'z': there is no value 'z'; accepted: n, x/],
  ['a misspelt name', lines('shared weights: float32[3] = 0', 'output y = weihgts'), 'expression-name', '2:12', /accepted: weights\./],
  ['an unknown function', 'output y = softmaks([1, 2])', 'expression-name', '1:12', /no function 'softmaks'; accepted: softmax/],
  ['a function without its arguments', 'output y = exp', 'expression-name', '1:12', /'exp' is a function/],
  ['a value that is called', lines(x, 'output y = x(2)'), 'expression-type', '2:12', /'x' is float32\[n, 3\] and no function; accepted: an operator/],
  ['an unknown dimension', lines(x, 'let z: float32[m, 3] = x', 'output z'), 'expression-name', '2:16', /no input has a dimension 'm'; accepted: n/],
  ['a name that is declared twice', lines('let a = 1', 'let a = 2', 'output a'), 'expression-name', '2:5', /declared twice, first at 1:5/],
  ['a function that is declared twice', lines('fn f(a) = a', 'fn f(b) = b', 'output y = f(1)'), 'expression-name', '2:4', /declared twice/],
  ['a function of the language declared again', lines('fn sum(a) = a', 'output y = sum(1)'), 'expression-name', '1:4', /function of the language/],
  ['a parameter that stands twice', lines('fn f(a, a) = a', 'output y = f(1, 2)'), 'expression-name', '1:9', /parameter 'a' stands twice/],
  ['a local name that is defined twice', lines('fn f(a) = {', '  let b = a', '  let b = 2', '  b', '}', 'output y = f(1)'), 'expression-name', '3:7', /'b' is defined twice/],
  ['a dimension with the name of a value', lines('let n = 3', 'input x: float32[n]', 'output y = x'), 'expression-name', '2:18', /value, declared at 1:5, and of a dimension/],
  ['a name of the prototype of objects', lines('input constructor: float32', 'output y = 1'), 'expression-name', '1:7', /reserved/],
  ['__proto__', 'output __proto__ = 1', 'expression-name', '1:8', /reserved/],
  ['two updates of one variable', lines('shared a: float32 = 0', 'update a = a + 1', 'update a = a + 2'), 'expression-name', '3:8', /'a' is updated twice/],
  ['an update of something else', lines('let a = 1', 'update a = a + 1'), 'expression-name', '2:8', /'a' is no shared variable/],
  ['an initial value that needs an input', lines(x, 'shared a: float32[3] = x[0]', 'output a'), 'expression-name', '2:24', /no value 'x'/],

  ['a circle of two', lines('let a = b + 1', 'let b = a + 1', 'output a'), 'expression-cycle', '1:5', /'a' needs itself: a \(1:5\) -> b \(2:5\) -> a/],
  ['a definition by itself', lines('let a = a + 1', 'output a'), 'expression-cycle', '1:5', /a \(1:5\) -> a/],
  ['recursion', lines('fn f(a) = g(a)', 'fn g(a) = f(a)', 'output y = f(1)'), 'expression-cycle', '1:4', /'f' calls itself.*accepted: functions without recursion/],
  ['a circle through a function', lines('fn f(t) = t + a', 'let a = f(1)', 'output a'), 'expression-cycle', '2:5', /'a' needs itself: a \(2:5\) -> f \(1:4\) -> a/],

  ['shapes that do not broadcast', lines(x, 'shared b: float32[4] = 0', 'output y = x + b'), 'expression-shape', '3:14', /float32\[n, 3\] and float32\[4\] do not fit/],
  ['two unknown dimensions that meet', lines('input a: float32[n]', 'input b: float32[m]', 'output y = a + b'), 'expression-shape', '3:14', /float32\[n\] and float32\[m\]/],
  ['a matrix product that does not fit', lines(x, 'output y = x @ x'), 'expression-shape', '2:14', /float32\[n, 3\] @ float32\[n, 3\].*3, is not the length n/],
  ['a reshape that does not fit', lines(x, 'output y = reshape(x, [2, n])'), 'expression-shape', '2:23', /float32\[n, 3\] does not have as many elements as \[2, n\]/],
  ['labels of the wrong shape', lines(x, 'input y: int32[m]', 'output l = crossEntropy(x, y)'), 'expression-shape', '3:28', /int32\[m\] for logits float32\[n, 3\]; accepted: int32\[n\]/],
  ['a position outside', lines(x, 'output y = x[:, 3]'), 'expression-shape', '2:17', /position 3 is outside an axis of length 3; accepted: -3 to 2/],
  ['an empty range', lines(x, 'output y = x[:, 2:2]'), 'expression-shape', '2:17', /range is empty/],
  ['a range that reaches outside', lines(x, 'output y = x[:, 1:7]'), 'expression-shape', '2:17', /outside an axis of length 3/],
  ['too many indices', lines(x, 'output y = x[0, 1, 2]'), 'expression-shape', '2:13', /3 indices for float32\[n, 3\]/],
  ['a shared variable of unknown length', lines(x, 'shared h: float32[n] = 0', 'output h'), 'expression-shape', '2:19', /'h' has an unknown dimension/],
  ['a list of different shapes', 'output y = [[1, 2], [3]]', 'expression-shape', '1:12', /shapes \[2\] and \[1\]/],

  ['a sum of bool', lines(x, 'output y = x + (x > 0)'), 'expression-type', '2:14', /'\+' works on numbers and got bool\[n, 3\]; accepted: float32\(x\) or int32\(x\)/],
  ['logic on numbers', lines(x, 'output y = x and x'), 'expression-type', '2:14', /'and' works on bool and got float32\[n, 3\]/],
  ['an index of floats', lines(x, 'output y = gather(x, [0.5])'), 'expression-type', '2:22', /float32\[1\] for places; accepted: int32/],
  ['an update of another dtype', lines('shared k: int32 = 0', 'update k = k + 0.5'), 'expression-type', '2:8', /new value of 'k' is float32; accepted: int32/],
  ['an update of another shape', lines('shared k: float32[2] = 0', 'update k = sum(k)'), 'expression-type', '2:8', /new value of 'k' is float32; accepted: float32\[2\]/],
  ['an initial value of another shape', lines('shared k: float32[2] = [1, 2, 3]', 'output k'), 'expression-type', '1:24', /initial value of 'k' is float32\[3\]; accepted: float32\[2\]/],
  ['a type annotation that is wrong', lines(x, 'let y: float32[n] = x', 'output y'), 'expression-type', '2:5', /is float32\[n, 3\] and declared as float32\[n\]/],
  ['a list of different ranks', lines('let a = [1, [2, 3]]', 'output a'), 'expression-shape', '1:9', /the list holds shapes \[\] and \[2\]/],
  ['a whole number outside of int32', 'output y = [1] + 3000000000', 'expression-type', '1:18', /3000000000 is outside of int32.*float32 such as 3000000000\.0/],

  ['too many arguments', 'output y = exp(1, 2)', 'expression-argument', '1:19', /exp got 2 arguments; accepted: exp\(x\)/],
  ['an argument that is missing', 'output y = where(true, 1)', 'expression-argument', '1:12', /where needs 'b'; accepted: where\(condition, a, b\)/],
  ['an argument of an unknown name', 'output y = softmax([1, 2], axes: 0)', 'expression-argument', '1:28', /softmax has no parameter 'axes'; accepted: softmax\(x, axis: -1\)/],
  ['an argument given twice', 'output y = exp(1, x: 2)', 'expression-argument', '1:19', /exp got 'x' twice/],
  ['an axis that does not exist', lines(x, 'output y = sum(x, axis: 2)'), 'expression-argument', '2:25', /there is no axis 2 in a tensor of 2 axes; accepted: -2 to 1/],
  ['an axis that is not known', lines(x, 'output y = sum(x, axis: x)'), 'expression-argument', '2:25', /float32\[n, 3\] for axis; accepted: a whole number/],
  ['random numbers without a source', 'output y = uniform([2])', 'expression-argument', '1:12', /one source of random numbers/],
  ['a stream that is no stream', lines(x, 'output y = uniform([2], stream: x)'), 'expression-argument', '2:33', /stream is float32\[n, 3\]/],
  ['a division by 0 of known numbers', 'output y = ones([4 // 0])', 'expression-argument', '1:20', /'\/\/' by 0/],

  ['a gradient of a matrix', lines(x, 'output g = grad(x, x)'), 'expression-gradient', '2:12', /this is float32\[n, 3\]; accepted: sum/],
  ['a gradient by an integer', lines('input k: int32', 'output g = grad(k * 2.0, k)'), 'expression-gradient', '2:12', /no derivative by int32/],
  ['a gradient by something unrelated', lines(x, 'shared w: float32 = 0', 'output g = grad(sum(x), w)'), 'expression-gradient', '3:12', /does not depend/],
  ['a gradient through argmax', lines(x, 'output g = grad(mean(float32(argmax(x))), x)'), 'expression-gradient', '2:12', /goes through argmax at 2:30/],
  ['a gradient through a comparison', lines(x, 'output g = grad(mean(x > 0), x)'), 'expression-gradient', '2:12', /goes through > at 2:24/],
  ['a gradient through stopGradient', lines(x, 'output g = grad(sum(stopGradient(x)), x)'), 'expression-gradient', '2:12', /stopGradient at 2:21/],
];

describe('a mistake is refused with its place, the text there and what would be accepted', () => {
  it.each(mistakes)('%s', (_, source, code, place, message) => {
    const error = errorOf(source);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    const { line, column } = diagnose(source).problems[0]!;
    expect(`${line}:${column}`).toBe(place);
    expect(error.errors[0]).toEqual({ pointer: '/source', line, column, detail: expect.stringContaining(`Line ${line}, column ${column}`) as string });
  });
});

describe('text that is no expression', () => {
  it.each([
    ['nothing', '', 'syntax 1:1'],
    ['only a comment', '# nothing', 'syntax 1:1'],
    ['only a definition', 'let a = 1', 'syntax 1:1'],
    ['no statement', 'loss', 'syntax 1:1'],
    ['a word too many', 'output y = 1 2', 'syntax 1:14'],
    ['an operator without an operand', 'output y = 1 +', 'syntax 1:15'],
    ['an open bracket', 'output y = (1 + 2', 'syntax 1:12'],
    ['a bracket that nothing opened', 'output y = 1)', 'syntax 1:13'],
    ['brackets that cross', 'output y = [(1, 2])', 'syntax 1:18'],
    ['a chain of comparisons', 'output y = 1 < 2 < 3', 'syntax 1:18'],
    ['**', 'output y = 2 ** 3', 'syntax 1:14'],
    ['a number that touches a name', lines(x, 'output y = 2x'), 'syntax 2:13'],
    ['a number too large for float32', 'output y = 1e39', 'syntax 1:12'],
    ['NaN', 'output y = NaN', 'name 1:12'],
    ['inf', 'output y = -inf', 'name 1:13'],
    ['Infinity', 'output y = [Infinity]', 'name 1:13'],
    ['a shape of 0', 'input x: float32[0]\noutput y = x', 'syntax 1:18'],
    ['a negative shape', 'input x: float32[-3]\noutput y = x', 'syntax 1:18'],
    ['a fractional shape', 'input x: float32[2.5]\noutput y = x', 'syntax 1:18'],
    ['a type that does not exist', 'input x: float64[3]\noutput y = x', 'syntax 1:10'],
    ['a letter that looks like another', 'output y = 1 + \u0430', 'syntax 1:16'], // Cyrillic a
    ['full-width digits', 'output y = \uff11', 'syntax 1:12'],
    ['a mathematical letter of two code units', 'output y = 1 + \u{1d4cd} + z', 'syntax 1:16'],
    ['a comment that turns the direction of text', 'output y = 1 # \u202e 2 = y', 'syntax 1:16'],
    ['a comment with a line separator', 'output y = 1 # a\u2028output z = 2', 'syntax 1:17'],
    ['a lone surrogate', 'output y = \ud800', 'syntax 1:12'],
    ['a NUL', 'output y = 1\0', 'syntax 1:13'],
    ['a non-breaking space', 'output y\u00a0= 1', 'syntax 1:9'],
    ['code', 'output y = (() => process.exit())()', 'syntax 1:26'],
    ['a string', 'output y = "1"', 'syntax 1:12'],
  ])('%s', (_, source, place) => {
    expect(places(source)[0]).toBe(place);
  });

  it('is named in full, with what follows it', () => {
    expect(errorOf('output y = 1 + \u{1d4cd} + z').message).toBe(
      "Line 1, column 16, at '\\u{1d4cd}': U+1D4CD has no meaning here; accepted: letters a-z and A-Z, digits, _ and the operators of the language; other characters in comments only.");
    expect(parseExpression('# \u{1f600} é 漢字\noutput y = 1 # \u200d').outputs.size).toBe(1); // comments are free
    expect(parseExpression('\ufeffoutput y = 1\r\noutput z = 2\r').outputs.size).toBe(2);
  });

  it('is reported line by line, several problems at once', () => {
    const source = lines('output a = 1 +* 2', 'let b = 2', 'output c = (3', 'output d = b', 'fn e(t) = {', '  let u = 2 2', '  u', '}', 'shared w = 3');
    expect(places(source).sort()).toEqual(['syntax 1:15', 'syntax 3:12', 'syntax 6:13', 'syntax 9:10'].sort());
    const types = lines(x, 'let a = x @ x', 'let b = a + 1', 'output c = x and x', 'output d = b', 'output e = x + x');
    expect(places(types)).toEqual(['shape 2:11', 'type 4:14']); // what needs a is not a second problem
    expect(errorOf(types).message).toMatch(/There is 1 more problem\.$/);
    expect(errorOf(types).errors).toHaveLength(2);
  });
});

describe('limits', () => {
  it('refuse a long source before they read it', () => {
    const error = errorOf(`output y = 1 ${'#'.repeat(2 ** 20)}`);
    expect([error.code, error.status]).toEqual(['expression-too-long', 413]);
    expect(error.message).toMatch(/1048589 bytes; at most 65536/);
    expect(errorOf(`# ${'é'.repeat(40_000)}\noutput y = 1`).code).toBe('expression-too-long');
  });

  it.each([
    ['parentheses', `output y = ${'('.repeat(30_000)}`],
    ['closed parentheses', `output y = ${'('.repeat(30_000)}1${')'.repeat(30_000)}`],
    ['lists', `output y = ${'['.repeat(60_000)}`],
    ['signs', `output y = ${'-'.repeat(60_000)}1`],
    ['powers', `output y = 2${'^2'.repeat(30_000)}`],
    ['not', `output y = ${'not '.repeat(15_000)}true`],
    ['indices', `output y = [1]${'[0]'.repeat(20_000)}`],
    ['blocks', `output y = ${'{'.repeat(30_000)}1`],
  ])('refuse deep nesting of %s', (_, source) => {
    expect(places(source)[0]).toMatch(/^(limit|syntax)/);
  });

  it('refuse a tower of functions, and one that grows', () => {
    const tower = Array.from({ length: 600 }, (_, i) => `fn f${i + 1}(t) = f${i}(t) + 1`);
    expect(errorOf(lines('fn f0(t) = t', ...tower, 'output y = f600(1.0)')).message).toMatch(/levels inside one another/);
    const doubling = Array.from({ length: 40 }, (_, i) => `fn f${i + 1}(t) = f${i}(t) + f${i}(t)`);
    expect(errorOf(lines('fn f0(t) = exp(t)', ...doubling, 'output y = f40(1.0)')).message).toMatch(/more than 5000 operations/);
  });

  it('accept long chains of operators and of definitions, in any order', () => {
    expect(diagnose(`output y = ${Array.from({ length: 2_000 }, (_, i) => `${i}.5`).join(' + ')}`).problems).toEqual([]);
    const chain = Array.from({ length: 1_500 }, (_, i) => `let a${i} = a${i + 1} + 1.5`);
    expect(diagnose(lines(...chain, 'let a1500 = 0', 'output a0')).problems).toEqual([]);
  });

  it('refuse too many operations, elements, axes, derivatives', () => {
    expect(errorOf(`output y = ${Array.from({ length: 6_000 }, (_, i) => `${i}.5`).join('+')}`).message).toMatch(/more than 5000 operations/);
    expect(errorOf('output y = zeros([1000000000])').message).toMatch(/Line 1, column 12, at 'zeros': a tensor of shape \[1000000000\] has too many elements; accepted: at most 16777216/);
    expect(errorOf('input x: float32[100000, 100000]\noutput y = x').code).toBe('expression-limit');
    expect(errorOf('output y = zeros([9007199254740991 * 2])').message).toMatch(/column 36, at '\*': a whole number overflows/);
    expect(errorOf('output y = reshape(zeros([4096, 4096]), [2147483647, 2147483647, 2147483647])').message).toMatch(/overflows|does not have as many/);
    expect(errorOf('output y = zeros([99999999999999999999])').message).toMatch(/whole number/);
    expect(errorOf('output y = zeros([1, 1, 1, 1, 1, 1, 1])').message).toMatch(/7 axes; accepted: at most 6/);
    const derivatives = ['shared x: float32 = 1', 'let g0 = exp(x)', ...Array.from({ length: 6 }, (_, i) => `let g${i + 1} = grad(g${i}, x)`), 'output g6'];
    expect(errorOf(lines(...derivatives)).message).toMatch(/Line 7, column 10, at 'grad': more than 4 derivatives/);
  });

  it('stop at twenty problems', () => {
    expect(diagnose(lines(...Array.from({ length: 100 }, (_, i) => `output y${i} = q`))).problems).toHaveLength(20);
    expect(diagnose('?\n'.repeat(30_000)).problems).toHaveLength(20);
  });
});
