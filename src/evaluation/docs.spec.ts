import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ATTACK_KINDS } from '../attacks/attack.js';
import { checkModel, checkProtocol } from './checks.js';
import { FLAG_CODES, type ModelResult } from './report.schema.js';
import { judge } from './verdict.js';

const text = await readFile(fileURLToPath(new URL('../../docs/evaluation.md', import.meta.url)), 'utf8');
const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map((heading) =>
  heading[1]!.toLowerCase().replace(/[^\w\s-]/g, '').trim().replace(/\s+/g, '-'),
);

/** A result that every check of a model objects to. */
const share = (count: number) => ({ value: count / 100, count, n: 100, low: count / 100, high: count / 100 });
const point = (epsilon: number, count: number) => ({
  epsilon,
  attacks: [{ name: 'fgsm', accuracy: share(count), meanLoss: 1 }],
  worstCase: share(count),
  dropped: 1,
});
const suspicious: ModelResult = {
  model: 'm',
  clean: { accuracy: share(60), nll: 1, brier: 1, calibration: { ece: 0, bins: [] }, confusion: [[0], [0]] },
  robustness: [point(0, 55), point(0.5, 70)],
  withoutGradient: 1,
  saturated: 50,
  examples: { file: 'examples.1.csv', sha256: '' },
  timing: { seconds: 0, forwardSeconds: 0, attackSeconds: 0, forwardImagesPerSecond: 0, attackImagesPerSecond: 0 },
};
const flags = [
  ...checkProtocol({ kinds: ['single-step'], epsilons: [0], n: 10, goal: 'untargeted' }),
  ...checkModel({ result: suspicious, logitsLookLikeSoftmax: true, gradientMismatch: 1 }, 0.5),
];

describe('docs/evaluation.md', () => {
  it('names every flag, and every flag can be raised', () => {
    expect(new Set(flags.map((flag) => flag.code))).toEqual(new Set(FLAG_CODES));
    for (const code of FLAG_CODES) expect(text, code).toContain(`\`${code}\``);
  });

  it('has the heading that each flag and each reason links to', () => {
    const others = ATTACK_KINDS.filter((kind) => kind !== 'single-step');
    const reasons = [judge(['single-step'], flags), judge(others, []), judge(others, flags), judge(others.slice(1), [])].flatMap(
      (verdict) => verdict.reasons,
    );
    for (const { see } of [...flags, ...reasons]) expect(anchors).toContain(see.replace('docs/evaluation.md#', ''));
  });
});
