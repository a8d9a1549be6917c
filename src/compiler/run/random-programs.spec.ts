import fc from 'fast-check';
import { expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { leaves, planOf, printPlan, programOf, type Gene, type Plan } from '../contract/random-programs/plan.js';
import { engineFor } from '../engines.js';
import type { EngineName } from '../program.js';
import type { NamedHostTensors } from '../tensors.js';

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

it('at least 1000 random programs and their gradients give on onnx what they give on eager cpu', async () => {
  let programs = 0;
  const property = fc.asyncProperty(fc.array(genome, { minLength: 1, maxLength: TOGETHER, size: 'max' }), async (genomes) => {
    const plans = genomes.map(planOf);
    programs += plans.length;
    const expected = await run('cpu', plans);
    expectEqual(await run('onnx', plans), expected, plans, 1e-4);
  });
  await fc.assert(property, { numRuns: RUNS, seed: 7 });
  expect(programs).toBeGreaterThanOrEqual(1000);
}, 300_000);
