/** What a workload is built towards: highest ours / theirs. */
export interface Target {
  /** Of Debian's PyTorch. */
  readonly debian: number;
  /** Of the best peer. */
  readonly best: number;
}

export const TARGETS: Readonly<Record<string, Target>> = {
  'mlp-256': { debian: 0.8, best: 1 },
  'mlp-1024': { debian: 0.8, best: 1 },
  convnet: { debian: 0.8, best: 1 },
  'preact-resnet18': { debian: 1.2, best: 1.2 },
  lstm: { debian: 0.8, best: 1 },
  vae: { debian: 0.9, best: 1 },
  fgsm: { debian: 0.9, best: 1 },
  'elementwise-chain': { debian: 0.4, best: 1 },
  gan: { debian: 1, best: 1 },
  ali: { debian: 1, best: 1 },
  gibbsnet: { debian: 1, best: 1 },
  'dr-vae': { debian: 1, best: 1 },
  sampling: { debian: 1, best: 1 },
};

/** Seconds from the program to its first result, and the highest ours / theirs of any other compiler. */
export const COMPILE_TARGETS: Readonly<Record<string, { readonly seconds: number; readonly ratio: number }>> = {
  'mlp-256': { seconds: 0.3, ratio: 0.5 },
  'preact-resnet18': { seconds: 2, ratio: 0.5 },
  lstm: { seconds: 1, ratio: 0.5 },
};

/** Lowest theirs / ours of eager TensorFlow.js on `wasm`. */
export const WASM_TARGET = 10;
