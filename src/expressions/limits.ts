/** What one expression may cost; every number is checked before the work that it bounds. */
export interface ExpressionLimits {
  /** Bytes of the source in UTF-8. */
  readonly sourceBytes: number;
  /** Brackets, calls and prefix operators inside one another. */
  readonly nesting: number;
  /** Operations of the checked expression, functions written out at each call. */
  readonly nodes: number;
  /** Operations that are recorded for one entry, derivatives included. */
  readonly operations: number;
  /** Elements of one tensor. */
  readonly elements: number;
  /** Derivatives of derivatives. */
  readonly derivatives: number;
  /** Bytes of all results of one call, inner ones included. */
  readonly memoryBytes: number;
  /** Programs kept for different lengths of the unknown dimensions. */
  readonly bindings: number;
}

export const defaultLimits: ExpressionLimits = {
  sourceBytes: 65_536,
  nesting: 100,
  nodes: 5_000,
  operations: 50_000,
  elements: 16_777_216,
  derivatives: 4,
  memoryBytes: 2 ** 30,
  bindings: 8,
};
