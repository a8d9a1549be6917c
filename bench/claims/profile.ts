/**
 * H11: the times of a profile sum up to the wall time of the calls within 20 %.
 *
 *   npm run bench -- claims/profile
 */
import { engineFor } from '../../src/compiler/engines.js';
import { compilerCases, valuesOf } from '../compiler-cases.js';

const calls = 10;
const sum = (values: readonly { readonly milliseconds: number }[]): number => values.reduce((total, { milliseconds }) => total + milliseconds, 0);
const rows: Record<string, Record<string, string>> = {};
for (const [name, make] of Object.entries(compilerCases)) {
  const { program, signature } = make();
  const [state, inputs] = [valuesOf(signature.state), valuesOf(signature.inputs)];
  const executable = await engineFor('onnx').compile(program, signature, { state, threads: 2, profile: true });
  await executable.run(inputs);
  await executable.profile();
  for (let call = 0; call < calls; call++) await executable.run(inputs);
  const profile = await executable.profile();
  const kernels = sum(profile.rows) + sum(profile.kernels) + sum(profile.added);
  rows[name] = {
    'wall (ms)': (profile.milliseconds / profile.calls).toFixed(2), 'kernels (ms)': (kernels / profile.calls).toFixed(2), share: (kernels / profile.milliseconds).toFixed(2),
    'slowest node': profile.rows.toSorted((a, b) => b.milliseconds - a.milliseconds)[0]!.print,
  };
  await executable.dispose();
}
console.table(rows);
