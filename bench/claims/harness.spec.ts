import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { armTable, judge, runExperiment, type Claim } from './harness.js';

const claim: Claim = { id: 'C1', text: 'a below b', metric: 'nll', direction: 'lower', better: 'a', worse: 'b' };
const result = (arm: string, seed: number, nll: number) => ({ arm, seed, values: { nll }, seconds: 1 });

it('pairs by seed and counts signs', () => {
  const verdict = judge(claim, [result('a', 1, 0.5), result('b', 2, 0.9), result('b', 1, 0.75), result('a', 2, 1)]);
  expect(verdict.differences).toEqual([-0.25, 0.09999999999999998]);
  expect(verdict.mean).toBeCloseTo(-0.075, 12);
  expect(verdict).toMatchObject({ inDirection: 1, holds: false });
});

it('holds with 4 of 5 signs and the mean in direction', () => {
  const results = [1, 2, 3, 4, 5].flatMap((seed) => [result('a', seed, seed === 5 ? 1.1 : 0.5), result('b', seed, 1)]);
  expect(judge(claim, results)).toMatchObject({ inDirection: 4, holds: true });
  expect(armTable(['b'], ['nll'], results)).toContain('| b | 1.0000 ± 0.0000 |');
});

it('compares with a limit that follows from the worse arm', () => {
  const results = [result('a', 1, 0.7), result('b', 1, 1)];
  expect(judge({ ...claim, limit: (worse) => 0.8 * worse }, results)).toMatchObject({ holds: true });
  expect(judge({ ...claim, limit: (worse) => 0.5 * worse }, results)).toMatchObject({ holds: false });
});

it('goes on with what is missing, and starts again when settings differ', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'claims-'));
  try {
    const ran: string[] = [];
    const experiment = (settings: Record<string, unknown>, seeds: number[]) =>
      runExperiment({ file: join(folder, 'r.json'), settings, arms: ['a', 'b'], seeds, run: (arm, seed) => (ran.push(`${arm}${seed}`), Promise.resolve({ nll: seed })) });
    await experiment({ epochs: 1 }, [1]);
    expect(await experiment({ epochs: 1 }, [1, 2])).toHaveLength(4);
    expect(ran).toEqual(['a1', 'b1', 'a2', 'b2']);
    await experiment({ epochs: 2 }, [1]);
    expect(ran.slice(4)).toEqual(['a1', 'b1']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
