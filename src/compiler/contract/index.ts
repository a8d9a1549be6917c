import { arrayRows } from './array.rows.js';
import { blockedRows } from './blocked.rows.js';
import { elementwiseRows } from './elementwise.rows.js';
import { imageRows } from './image.rows.js';
import type { ContractRow } from './row.js';

/** Every supported kernel, forward and where registered backward: each engine must agree with eager `cpu` on all. */
export const contractRows: readonly ContractRow[] = [...elementwiseRows, ...arrayRows, ...imageRows, ...blockedRows];

export { contractPrograms, type ContractProgram } from './programs.js';
export { contractProgram, contractSignature, type ContractRow } from './row.js';
