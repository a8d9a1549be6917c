import type { OptimisationLevel } from './level.js';

/** One replacement of a node. */
export interface RewriteRecord {
  readonly pass: string;
  readonly rule: string;
  /** `log(1 + x) -> log1p(x)` */
  readonly equation: string;
  /** The node before and after, as an expression of its operands: `log(add(1, x))`. */
  readonly before: string;
  readonly after: string;
  /** Where the program asked for the replaced node, e.g. `convnet.ts:41`. */
  readonly site?: string;
}

/** A node that a rule was made for and left alone. */
export interface RefusalRecord {
  readonly rule: string;
  readonly equation: string;
  readonly node: string;
  /** For a person to read. */
  readonly reason: string;
  readonly site?: string;
}

/** What one pass did. */
export interface PassReport {
  readonly pass: string;
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  readonly milliseconds: number;
  /** How often each rule replaced a node. */
  readonly rewrites: Readonly<Record<string, number>>;
}

/** What the optimiser did to a graph; plain data, fit for JSON. */
export interface OptimisationReport {
  readonly level: OptimisationLevel;
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  readonly milliseconds: number;
  readonly passes: readonly PassReport[];
  /** In order; the first `MOST_RECORDS`. */
  readonly rewrites: readonly RewriteRecord[];
  /** Without repetitions; the first `MOST_RECORDS`. */
  readonly refusals: readonly RefusalRecord[];
  /** What a person should know: a rule that reached its budget, records left out. */
  readonly notes: readonly string[];
}

/** Longer lists are cut and a note says so. */
export const MOST_RECORDS = 10_000;
