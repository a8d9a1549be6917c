import { convnet } from './convnet.js';
import { elementwiseChain } from './elementwise-chain.js';
import { fgsm } from './fgsm.js';
import { ali, drVae, gan, gibbsnet } from './generator-training.js';
import { gemm, productName, PRODUCTS } from './gemm.js';
import { lstm } from './lstm.js';
import { mlp } from './mlp.js';
import { preactResnet } from './preact-resnet.js';
import { sampling } from './sampling.js';
import { vae } from './vae.js';
import type { Workload } from './workload.js';

/** Workloads of the main table, in its order. */
export const MAIN_WORKLOADS: Readonly<Record<string, () => Workload>> = {
  'mlp-256': () => mlp(256),
  'mlp-1024': () => mlp(1024),
  convnet,
  'preact-resnet18': preactResnet,
  lstm,
  vae,
  fgsm,
  'elementwise-chain': elementwiseChain,
};

/** Workloads of the table of generators, in its order. */
export const GENERATOR_WORKLOADS: Readonly<Record<string, () => Workload>> = { gan, ali, gibbsnet, 'dr-vae': drVae, sampling };

/** Single matrix products. */
export const GEMM_WORKLOADS: Readonly<Record<string, () => Workload>> =
  Object.fromEntries(PRODUCTS.map((product) => [productName(product), () => gemm(product)]));

/** Builds a workload by name: numbers are drawn now. @throws plain error with the known names */
export function workloadNamed(name: string): Workload {
  const known = { ...MAIN_WORKLOADS, ...GENERATOR_WORKLOADS, ...GEMM_WORKLOADS };
  const make = known[name];
  if (make === undefined) throw new Error(`no workload '${name}'; there are ${Object.keys(known).join(', ')}`);
  return make();
}

export type { Agreement, CallResult, RunEntry, Workload } from './workload.js';
