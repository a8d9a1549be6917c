import { arrayRows } from './array.rows.js';
import { blockedRows } from './blocked.rows.js';
import { controlRows } from './control.rows.js';
import { dtypeRows } from './dtype.rows.js';
import { elementwiseRows } from './elementwise.rows.js';
import { fusedRows } from './fused.rows.js';
import { functionRows } from './function.rows.js';
import { imageRows } from './image.rows.js';
import { indexingRows } from './indexing.rows.js';
import { imagePrograms, type ContractProgram } from './programs.js';
import { rearrangingRows } from './rearranging.rows.js';
import { recurrentPrograms } from './recurrent.programs.js';
import { resamplingRows } from './resampling.rows.js';
import type { ContractRow } from './row.js';
import { volumeRows } from './volume.rows.js';

/** Every supported kernel, forward and where registered backward: each engine must agree with eager `cpu` on all. */
export const contractRows: readonly ContractRow[] = [
  ...elementwiseRows, ...functionRows, ...arrayRows, ...indexingRows, ...rearrangingRows, ...imageRows, ...blockedRows, ...fusedRows,
  ...resamplingRows, ...volumeRows, ...dtypeRows, ...controlRows,
];

/** Whole programs that every engine must run like eager `cpu`. */
export const contractPrograms: readonly ContractProgram[] = [...imagePrograms, ...recurrentPrograms];

export type { ContractProgram } from './programs.js';
export { batchSignature, contractProgram, contractSignature, eagerProgram, type ContractRow } from './row.js';
