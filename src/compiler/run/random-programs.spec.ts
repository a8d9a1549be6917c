import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { leaves, operationNames, planOf, printPlan, programOf, type Gene, type Plan } from '../contract/random-programs/plan.js';
import { engineFor } from '../engines.js';
import { evaluate } from '../evaluate/index.js';
import { optimise } from '../passes/index.js';
import type { EngineName } from '../program.js';
import type { NamedHostTensors } from '../tensors.js';
import { trace } from '../trace/index.js';

const RUNS = 40;
/** Most programs that share a graph, and so a session; counterexamples shrink to one. */
const TOGETHER = 60;

const gene: fc.Arbitrary<Gene> = fc.tuple(fc.nat(999), fc.nat(19), fc.nat(19), fc.nat(19), fc.nat(99));
const genome = fc.array(gene, { minLength: 1, maxLength: 10 });

async function run(engine: EngineName, plans: readonly Plan[]): Promise<NamedHostTensors> {
  const executable = await engineFor(engine).compile(programOf(plans), { state: {}, inputs: leaves }, { state: {}, threads: 1 });
  return executable.run(leaves).finally(() => executable.dispose());
}

/** Where results differ by more than `tolerance` of the largest number beside them, with the program that gave them. */
function expectEqual(actual: NamedHostTensors, expected: NamedHostTensors, plans: readonly Plan[], tolerance: number): void {
  for (const [name, tensor] of Object.entries(expected)) {
    const largest = Math.max(1, ...Array.from(tensor.data, Math.abs));
    const fault = difference({ [name]: actual[name]! }, { [name]: tensor }, tolerance, tolerance * largest);
    if (fault !== undefined) throw new Error(`${fault}\n${printPlan(plans[Number(name.split(' ')[1])]!)}`);
  }
}

/** Calls `check` with at least 1000 programs, some dozens at a time; every kind of step occurs among them. */
async function forRandomPrograms(check: (plans: readonly Plan[]) => Promise<void>): Promise<void> {
  let programs = 0;
  const used = new Set<string>();
  const property = fc.asyncProperty(fc.array(genome, { minLength: 1, maxLength: TOGETHER, size: 'max' }), (genomes) => {
    const plans = genomes.map(planOf);
    programs += plans.length;
    for (const { name } of plans.flatMap(({ steps }) => steps)) used.add(name);
    return check(plans);
  });
  await fc.assert(property, { numRuns: RUNS, seed: 7 });
  expect(programs).toBeGreaterThanOrEqual(1000);
  expect(operationNames.filter((name) => !used.has(name))).toEqual([]);
}

describe('at least 1000 random programs and their gradients', () => {
  it('give on onnx what they give on eager cpu', async () => {
    await forRandomPrograms(async (plans) => {
      const expected = await run('cpu', plans);
      expectEqual(await run('onnx', plans), expected, plans, 1e-4);
    });
  }, 300_000);

  it('mean the same after all passes as before', async () => {
    await forRandomPrograms((plans) => {
      const before = trace(programOf(plans), { state: {}, inputs: leaves });
      expectEqual(evaluate(optimise(before).graph, {}, leaves).outputs, evaluate(before, {}, leaves).outputs, plans, 1e-5);
      return Promise.resolve();
    });
  }, 300_000);
});
