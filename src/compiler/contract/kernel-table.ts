import { decompositions } from '../decompositions/index.js';
import { table } from '../documentation/markdown.js';
import { gradientRules } from '../gradients/index.js';
import { kernelRules } from '../trace/kernels/index.js';
import { refusedKernels } from '../trace/kernels/refused.js';
import { contractRows } from './index.js';
import { coverageOf } from './observe.js';
import type { ContractRow } from './row.js';

const introduction = (supported: number, refused: number): string => `# Kernels

What a program may use of the ${supported + refused} kernels of TensorFlow.js 4.22: ${supported} are supported, ${refused} are refused with a reason.
Programs call operations (\`tf.conv2d\`), which run kernels (\`Conv2D\`); the names are mostly alike.

Each supported kernel has rows in \`src/compiler/contract\`: small programs that the engine \`onnx\` must answer as eager TensorFlow.js on
\`cpu\` does, within the tolerance (relative, and absolute below 1). Where the eager kernel is missing or wrong, the row says what is run
in its place. Gradients are part of the rows, and are compared with central differences besides, first and second derivatives alike.

This page is written by \`npm run docs:kernels\` from the rules and the rows; a test compares it with them.
`;

const how = `
- **recorded as**: *primitive* - a rule of its own; *kernels* - as a composition of other kernels.
- **gradient**: *yes* - there is a rule, and rows that take it; *-* - there is none, as for results that are integers or bool.
- **rows**: rows that use the kernel; in brackets those that take its gradient.
- **tolerance**: the largest among these rows.
`;

interface Use { readonly rows: readonly ContractRow[]; readonly gradientRows: number }

/** Which rows use each kernel. */
function usesOf(): Map<string, Use> {
  const uses = new Map<string, Use>();
  for (const row of contractRows) {
    const { kernels, gradients } = coverageOf(row);
    for (const kernel of new Set([...kernels, ...gradients])) {
      const { rows, gradientRows } = uses.get(kernel) ?? { rows: [], gradientRows: 0 };
      uses.set(kernel, { rows: kernels.has(kernel) ? [...rows, row] : rows, gradientRows: gradientRows + (gradients.has(kernel) ? 1 : 0) });
    }
  }
  return uses;
}

const byName = (names: readonly string[]): string[] => [...names].sort((a, b) => a.localeCompare(b, 'en'));

function lineOf(kernel: string, differentiable: boolean, { rows, gradientRows }: Use): string[] {
  const reasons = [...new Set(rows.flatMap(({ instead }) => (instead ? [instead.why] : [])))];
  return [
    `\`${kernel}\``, kernel in decompositions ? 'kernels' : 'primitive', differentiable ? 'yes' : '-',
    gradientRows > 0 ? `${rows.length} (${gradientRows})` : String(rows.length), Math.max(...rows.map(({ tolerance }) => tolerance)).toExponential(), reasons.join('; '),
  ];
}

/** The page docs/kernels.md: every kernel of TensorFlow.js, how far it is supported, or why it is not. */
export function kernelTable(): string {
  const supported = byName([...Object.keys(kernelRules), ...Object.keys(decompositions)]);
  const differentiable = new Set(gradientRules.map(({ kernelName }) => kernelName));
  const uses = usesOf();
  const lines = supported.map((kernel) => lineOf(kernel, differentiable.has(kernel), uses.get(kernel) ?? { rows: [], gradientRows: 0 }));
  const refused = byName(Object.keys(refusedKernels)).map((kernel) => [`\`${kernel}\``, refusedKernels[kernel]!]);
  return `${introduction(supported.length, refused.length)}
## Supported
${how}
${table(['kernel', 'recorded as', 'gradient', 'rows', 'tolerance', 'where eager cpu is not the reference'], lines)}

## Refused

A program that uses one of these is refused when it is compiled, with \`kernel-unsupported\`, the kernel, the call site and the reason.

${table(['kernel', 'reason'], refused)}
`;
}
