import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { softmaxStep, softmaxStepSignature } from '../contract/softmax-step.js';
import { engineFor } from '../engines.js';
import type { EngineName } from '../program.js';
import type { NamedHostTensors } from '../tensors.js';
import { withSections } from './markdown.js';
import { walkthrough, walkthroughInputs, walkthroughState } from './walkthrough.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

async function threeSteps(engine: EngineName): Promise<NamedHostTensors> {
  const executable = await engineFor(engine).compile(softmaxStep, softmaxStepSignature, { state: walkthroughState });
  for (let step = 0; step < 3; step++) await executable.run(walkthroughInputs);
  const state = await executable.readState();
  await executable.dispose();
  return state;
}

describe('docs/compiler.md', () => {
  it('shows what the compiler does; npm run docs:compiler writes it', async () => {
    const page = read('../../../docs/compiler.md');
    const sections = await walkthrough(read('../contract/softmax-step.ts'));
    expect(withSections(page, sections)).toBe(page);
    expect(Object.values(sections).every((section) => section.length > 100)).toBe(true);
  });

  it('follows a program on which onnx and eager cpu agree', async () => {
    const [compiled, eager] = [await threeSteps('onnx'), await threeSteps('cpu')];
    expect(eager['steps']!.data).toEqual(Int32Array.of(3));
    expect(difference(compiled, eager, 1e-5)).toBeUndefined();
  });

  it('stays as it is where a section is missing', () => {
    expect(() => withSections('no marks', { source: 'text' })).toThrow(/internal: .*<!-- source -->/);
  });
});
