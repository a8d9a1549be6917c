import * as tf from '@tensorflow/tfjs-core';
import { gradientRules } from '../gradients/index.js';
import { trace } from '../trace/index.js';
import { contractProgram, contractSignature, type ContractRow } from './row.js';

/** What a row puts to the test. */
export interface Coverage {
  /** Kernels that its operations run. */
  readonly kernels: ReadonlySet<string>;
  /** Kernels whose gradient rule it takes. */
  readonly gradients: ReadonlySet<string>;
}

/** The kernels that run within `body`, without those that run inside others. */
function kernelsOf(body: () => void): Set<string> {
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  const names = new Set<string>();
  let depth = 0;
  engine.runKernel = (name, inputs, attributes) => {
    if (depth === 0) names.add(name);
    depth += 1;
    try {
      return runKernel(name, inputs, attributes);
    } finally {
      depth -= 1;
    }
  };
  try {
    body();
  } finally {
    Reflect.deleteProperty(engine, 'runKernel'); // the method of the class shows again
  }
  return names;
}

/** The kernels whose gradient rules are called within `body`. */
function gradientsOf(body: () => void): Set<string> {
  const names = new Set<string>();
  const originals = gradientRules.map((rule) => rule.gradFunc);
  for (const rule of gradientRules) {
    const { gradFunc } = rule;
    rule.gradFunc = (...operands) => {
      names.add(rule.kernelName);
      return gradFunc(...operands);
    };
  }
  try {
    body();
  } finally {
    gradientRules.forEach((rule, i) => (rule.gradFunc = originals[i]!));
  }
  return names;
}

/** Traces a row and notes which kernels and which gradient rules it needs. */
export function coverageOf(row: ContractRow): Coverage {
  const run = (of: ContractRow): void => void trace(contractProgram(of), contractSignature(of));
  return { kernels: kernelsOf(() => run({ ...row, gradient: false })), gradients: row.gradient ? gradientsOf(() => run(row)) : new Set() };
}
