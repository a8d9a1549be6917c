import { describe, expect, it } from 'vitest';
import type { Model } from '../bundles/model.js';
import { Key, normal, uniform } from '../compiler/random/index.js';
import { attackOptions, NORMS, type AttackName, type AttackOptions, type AttackRequest } from './attack.options.js';
import type { AttackBatch } from './attack.js';
import { normBall } from './norm-balls.js';
import { predict } from './predictions.js';
import { ATTACKS, rowsOutside, runAttack, startAttack } from './run-attack.js';
import { linearModel } from './testing/linear-model.js';

const [SIZE, WIDTH, CLASSES] = [32, 20, 4];
const weights = normal(Key.from(1), WIDTH * CLASSES);
const model = linearModel({
  shape: [WIDTH],
  weights,
  bias: normal(Key.from(2), CLASSES),
  classes: ['a', 'b', 'c', 'd'],
});
/** Away from the bounds, so that clipping does not shorten steps of up to 0.1. */
const examples = uniform(Key.from(3), SIZE * WIDTH).map((u) => 0.1 + 0.8 * u);
const batch: AttackBatch = { examples, labels: (await predict(model, examples)).labels };

const options = (request: AttackRequest): AttackOptions => attackOptions.parse(request);
const lossOf = async (m: Model, x: Float32Array, y: Int32Array): Promise<number[]> => {
  const { probabilities, classCount } = await predict(m, x);
  return Array.from(y, (label, row) => -Math.log(probabilities[row * classCount + label]!));
};

const table = (Object.keys(ATTACKS) as AttackName[]).flatMap((name) => NORMS.map((norm) => ({ name, norm })));

describe.each(table)('$name in the $norm ball keeps the attack contract', ({ name, norm }) => {
  const ball = normBall(norm);
  const run = (more: Partial<AttackRequest>, b = batch) => runAttack(model, b, options({ name, norm, epsilon: 0.1, ...more }), { key: Key.from(9) });

  it('stays in the ball and in the bounds, at the edge of the input range too', async () => {
    const edge: AttackBatch = { examples: uniform(Key.from(4), SIZE * WIDTH).map(Math.round), labels: batch.labels };
    for (const b of [batch, edge]) {
      for (const epsilon of [1e-6, 0.01, 0.1, 0.5, 1]) {
        const outcome = await run({ epsilon }, b);
        expect(outcome.violations).toBe(0);
        const distances = ball.distance(outcome.adversarial, b.examples, WIDTH);
        expect(distances).toEqual(outcome.distances);
        expect(rowsOutside(outcome.adversarial, distances, epsilon, [0, 1])).toEqual([]);
      }
    }
  });

  it('gives the same answer for the same key', async () => {
    const [a, b] = [await run({}), await run({})];
    expect(a.adversarial).toEqual(b.adversarial);
  });

  it('changes nothing at epsilon 0', async () => {
    const outcome = await run({ epsilon: 0 });
    expect(outcome.adversarial).toEqual(batch.examples);
    expect(outcome.predictions.logits).toEqual(outcome.clean.logits);
    expect([...outcome.distances]).toEqual(new Array(SIZE).fill(0));
  });

  it('raises the loss of every example', async () => {
    const before = await lossOf(model, batch.examples, batch.labels);
    const after = await lossOf(model, (await run({})).adversarial, batch.labels);
    after.forEach((loss, row) => expect(loss).toBeGreaterThan(before[row]!));
  });

  it('raises the probability of the target class when targeted', async () => {
    const targets = Int32Array.from(batch.labels, (label) => (label + 1) % CLASSES);
    const before = await lossOf(model, batch.examples, targets);
    const outcome = await run({ targetLabels: [...targets] });
    const after = await lossOf(model, outcome.adversarial, targets);
    after.forEach((loss, row) => expect(loss).toBeLessThan(before[row]!));
    outcome.success.forEach((s, row) => expect(s === 1).toBe(outcome.predictions.labels[row] === targets[row]));
  });

  it('breaks nearly everything when the radius is the whole input range', async () => {
    const outcome = await run({ epsilon: ball.diameter(WIDTH, [0, 1]) });
    expect(outcome.success.reduce((a, b) => a + b, 0)).toBeGreaterThan(SIZE / 2);
  });

  it.each([-0.01, 100, NaN])('refuses epsilon %s and names the accepted range', async (epsilon) => {
    const request = { name, norm, epsilon } as AttackOptions;
    const largest = ball.diameter(WIDTH, [0, 1]);
    await expect(runAttack(model, batch, request)).rejects.toMatchObject({
      code: 'epsilon-out-of-range',
      status: 422,
      message: expect.stringContaining(`from 0 to ${largest}`) as string,
      errors: [{ pointer: '/epsilon', detail: `a number from 0 to ${largest}` }],
    });
  });
});

describe('fgsm by definition', () => {
  const gradientRows = async (): Promise<Float32Array> => {
    const y = { dtype: 'int32' as const, shape: [SIZE], data: batch.labels };
    const x = { dtype: 'float32' as const, shape: [SIZE, WIDTH], data: batch.examples };
    return (await model.run('lossGradient', { x, y })).gradient!.data as Float32Array;
  };

  it('is clip(x + eps sign(g)) for Linf', async () => {
    const g = await gradientRows();
    const { adversarial } = await runAttack(model, batch, options({ name: 'fgsm', epsilon: 0.15 }));
    adversarial.forEach((value, i) => {
      expect(value).toBeCloseTo(Math.min(Math.max(batch.examples[i]! + 0.15 * Math.sign(g[i]!), 0), 1), 6);
    });
  });

  it('is clip(x + eps g / |g|) for L2', async () => {
    const g = await gradientRows();
    const { adversarial } = await runAttack(model, batch, options({ name: 'fgsm', norm: 'L2', epsilon: 0.15 }));
    for (let row = 0; row < SIZE; row++) {
      const length = Math.hypot(...g.subarray(row * WIDTH, (row + 1) * WIDTH));
      for (let i = row * WIDTH; i < (row + 1) * WIDTH; i++) {
        expect(adversarial[i]).toBeCloseTo(Math.min(Math.max(batch.examples[i]! + (0.15 * g[i]!) / length, 0), 1), 6);
      }
    }
  });
});

describe('fgsm on an objective of its own', () => {
  const TARGETS = 'input logits: float32[n, k]\ninput targets: float32[n, k]\n';
  /** The margin of Carlini and Wagner (2017): largest other logit - logit of the label. */
  const MARGIN = `${TARGETS}output objective = max(where(targets > 0.5, -1e9, logits), axis: 1) - sum(logits * targets, axis: 1)`;
  const W = (j: number, c: number): number => weights[j * CLASSES + c]!;
  const marginRow = async (row: number, label: number): Promise<number[]> => {
    const { logits } = await predict(model, examples);
    const z = Array.from(logits.subarray(row * CLASSES, (row + 1) * CLASSES), (v, c) => (c === label ? -Infinity : v));
    const other = z.indexOf(Math.max(...z));
    return Array.from({ length: WIDTH }, (_, j) => W(j, other) - W(j, label)); // d margin / d x of a linear model
  };

  it.each([[false], [true]])('is clip(x + eps sign(d margin / dx)), targeted %s', async (targeted) => {
    const goal = Int32Array.from(batch.labels, (label) => (targeted ? (label + 1) % CLASSES : label));
    const outcome = await runAttack(model, batch, options({ name: 'fgsm', epsilon: 0.15, objective: { source: MARGIN }, ...(targeted && { targetLabels: [...goal] }) }));
    expect(outcome.queries).toEqual({ gradient: 1, forward: 2 });
    for (let row = 0; row < SIZE; row++) {
      const g = await marginRow(row, goal[row]!);
      for (let j = 0; j < WIDTH; j++) {
        const i = row * WIDTH + j;
        expect(outcome.adversarial[i]).toBeCloseTo(Math.min(Math.max(examples[i]! + (targeted ? -0.15 : 0.15) * Math.sign(g[j]!), 0), 1), 6);
      }
    }
  });

  it('of the cross-entropy is the built-in attack', async () => {
    const objective = { source: `${TARGETS}output objective = crossEntropy(logits, targets)` };
    for (const norm of NORMS) {
      const [builtIn, own] = [await runAttack(model, batch, options({ name: 'fgsm', norm, epsilon: 0.1 })), await runAttack(model, batch, options({ name: 'fgsm', norm, epsilon: 0.1, objective }))];
      own.adversarial.forEach((value, i) => expect(value).toBeCloseTo(builtIn.adversarial[i]!, 5));
    }
  });

  it('reports examples at which the objective is flat', async () => {
    const source = `${TARGETS}output objective = relu(${MARGIN.slice(MARGIN.indexOf('max'))} - 1e6)`;
    const outcome = await runAttack(model, batch, options({ name: 'fgsm', epsilon: 0.1, objective: { source } }));
    expect(outcome.zeroGradientCount).toBe(SIZE);
    expect(outcome.adversarial).toEqual(examples);
  });

  it.each([
    ['expression-unfit', 'input logits: float32[n, 7]\ninput labels: int32[n]\noutput a = crossEntropy(logits, labels)', /at \/objective.*float32\[n, 7\].*k = 4 classes/],
    ['expression-gradient', `${TARGETS}output a = sum(float32(argmax(logits)))`, /argmax.*no gradient/],
    ['expression-syntax', 'output', /Line 1/],
  ])('refuses %s', async (code, source, detail) => {
    const attack = runAttack(model, batch, options({ name: 'fgsm', epsilon: 0.1, objective: { source } }));
    await expect(attack).rejects.toMatchObject({ code, status: 422, message: expect.stringMatching(detail) as string });
  });

  it('needs the signature vjp', async () => {
    const { predict: stored, lossGradient } = model.manifest.signatures;
    const signatures = { predict: stored!, lossGradient: lossGradient! };
    const old: Model = { ...model, manifest: { ...model.manifest, signatures } };
    await expect(runAttack(old, batch, options({ name: 'fgsm', epsilon: 0.1 }))).resolves.toBeDefined();
    await expect(runAttack(old, batch, options({ name: 'fgsm', epsilon: 0.1, objective: { source: MARGIN } }))).rejects.toMatchObject({ code: 'model-not-differentiable', message: expect.stringContaining('no vjp') as string });
  });
});

describe('the runner', () => {
  /** Gradient of the linear model with one row set to zero and one to NaN. */
  const broken: Model = {
    ...model,
    async run(signature, inputs) {
      const outputs = await model.run(signature, inputs);
      const gradient = outputs.gradient?.data;
      gradient?.fill(0, 0, WIDTH).fill(NaN, WIDTH, 2 * WIDTH);
      return outputs;
    },
  };

  it('reports rows without a gradient and leaves them unchanged', async () => {
    const outcome = await runAttack(broken, batch, options({ name: 'fgsm', epsilon: 0.1 }));
    expect(outcome.zeroGradientCount).toBe(2);
    expect(outcome.adversarial.slice(0, 2 * WIDTH)).toEqual(batch.examples.slice(0, 2 * WIDTH));
  });

  it('spends one gradient for a whole grid of radii', async () => {
    const calls: string[] = [];
    const counting: Model = { ...model, run: (signature, inputs) => (calls.push(signature), model.run(signature, inputs)) };
    const started = await startAttack(counting, batch, { ball: normBall('Linf') }, { name: 'fgsm' });
    for (const epsilon of [0, 0.1, 0.2]) await started.at(epsilon);
    expect(calls).toEqual(['lossGradient', 'predict', 'predict', 'predict']);
  });

  it('finds rows outside the ball, outside the bounds and not finite', () => {
    const clean = Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.99, 0.5, 0.5, 0.5);
    const candidates = Float32Array.of(0.55, 0.45, 0.7, 0.5, 1.05, 0.5, NaN, 0.5);
    expect(rowsOutside(candidates, normBall('Linf').distance(candidates, clean, 2), 0.1, [0, 1])).toEqual([1, 2, 3]);
  });

  it('drops and counts candidates that leave the ball, and puts the clean example back', async () => {
    const linf = normBall('Linf');
    const leaky = { ...linf, project: (points: Float32Array) => points.map((v, i) => (i < WIDTH ? v + 0.1 : v)) };
    const started = await startAttack(model, batch, { ball: leaky }, { name: 'fgsm' });
    const attacked = await started.at(0.05);
    expect(attacked.violations).toBe(1);
    expect([attacked.valid[0], attacked.success[0], attacked.distances[0]]).toEqual([0, 0, 0]);
    expect(attacked.adversarial.slice(0, WIDTH)).toEqual(batch.examples.slice(0, WIDTH));
    expect(attacked.valid.subarray(1).every((ok) => ok === 1)).toBe(true);
  });

  it.each([
    [{ targetLabels: 4 }, 'target-label-invalid'],
    [{ targetLabels: [1, 2] }, 'target-count-mismatch'],
  ])('refuses %o', async (more, code) => {
    await expect(runAttack(model, batch, options({ name: 'fgsm', epsilon: 0.1, ...more }))).rejects.toMatchObject({ code });
  });

  it('refuses inputs out of bounds, labels that do not exist and models without a gradient', async () => {
    const request = options({ name: 'fgsm', epsilon: 0.1 });
    const outside = batch.examples.slice().fill(1.5, WIDTH, WIDTH + 1);
    await expect(runAttack(model, { ...batch, examples: outside }, request)).rejects.toMatchObject({
      code: 'input-out-of-bounds',
      errors: [{ pointer: '/instances/1', detail: 'finite numbers from 0 to 1' }],
    });
    const labels = batch.labels.slice().fill(7, 3, 4);
    await expect(runAttack(model, { ...batch, labels }, request)).rejects.toMatchObject({ code: 'label-invalid' });
    const { predict: only } = model.manifest.signatures;
    const opaque: Model = { ...model, manifest: { ...model.manifest, signatures: { predict: only! } } };
    await expect(runAttack(opaque, batch, request)).rejects.toMatchObject({ code: 'model-not-differentiable' });
  });

  it('refuses models whose logits are not finite', async () => {
    const diverged: Model = {
      ...model,
      async run(signature, inputs) {
        const outputs = await model.run(signature, inputs);
        outputs.logits!.data.fill(NaN, 3 * CLASSES, 3 * CLASSES + 1);
        return outputs;
      },
    };
    await expect(predict(diverged, batch.examples)).rejects.toMatchObject({
      code: 'model-output-not-finite',
      message: expect.stringContaining('example 3') as string,
    });
  });

  it('refuses unknown attacks and settings', () => {
    expect(attackOptions.safeParse({ name: 'magic', epsilon: 0.1 }).success).toBe(false);
    expect(attackOptions.safeParse({ name: 'fgsm', epsilon: 0.1, steps: 3 }).success).toBe(false);
    expect(attackOptions.safeParse({ name: 'fgsm', epsilon: Infinity }).success).toBe(false);
  });
});
