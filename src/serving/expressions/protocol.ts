import type { ProgramProfile } from '../../compiler/program.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import type { ErrorPointer } from '../../errors/index.js';
import type { ExpressionLimits, GradientReport, Gradients, Graphs, NonFinite, VerifyOptions } from '../../expressions/index.js';
import type { ExpressionSignature } from '../../persistence/entities/expression.entity.js';

/** What an expression process is told once, at its start. */
export interface HostSettings {
  readonly limits: Partial<ExpressionLimits>;
  /** Most bytes of the shared variables of one expression. */
  readonly stateBytes: number;
  /** Threads inside one kernel. */
  readonly threads: number;
  /** Expressions held compiled. */
  readonly cacheSize: number;
}

export type Lengths = Readonly<Record<string, number>>;

/** An expression at one of its states. A process that holds another one asks for the tensors, which are then sent along. */
export interface ExpressionAt {
  readonly id: string;
  readonly source: string;
  /** Names the state; null is the first values. */
  readonly stateKey: string | null;
  readonly state?: NamedHostTensors;
}

export interface Description {
  readonly signature: ExpressionSignature;
  /** Absent where each binding of the unknown lengths has its own program and none was given. */
  readonly graphs: Graphs | undefined;
}

export interface Evaluated {
  readonly outputs: NamedHostTensors;
  /** New values of what is updated, and the counters of the streams. */
  readonly updated: NamedHostTensors;
  /** The whole state where the call has changed it; the process holds it as `nextKey`. */
  readonly state: NamedHostTensors | undefined;
}

/** An attack's objective on one batch. */
export interface ObjectiveCall {
  readonly source: string;
  readonly classes: number;
  /** JSON pointer of the objective in the request. */
  readonly pointer: string;
  /** [size, classes] row-major */
  readonly logits: Float32Array;
  /** [size] */
  readonly labels: Int32Array;
}

/** Requests of an expression process and their results, by kind. */
export interface Work {
  describe: { readonly request: { readonly source: string; readonly lengths: Lengths }; readonly result: Description };
  evaluate: {
    readonly request: { readonly expression: ExpressionAt; readonly inputs: NamedHostTensors; readonly guard: boolean; readonly nextKey: string };
    readonly result: Evaluated;
  };
  gradient: {
    readonly request: { readonly expression: ExpressionAt; readonly of: string; readonly wrt: readonly string[]; readonly inputs: NamedHostTensors };
    readonly result: Gradients;
  };
  verify: {
    readonly request: {
      readonly expression: ExpressionAt; readonly of: string; readonly wrt: readonly string[]; readonly inputs: NamedHostTensors; readonly options: VerifyOptions;
    };
    readonly result: GradientReport;
  };
  nonFinite: { readonly request: { readonly expression: ExpressionAt; readonly inputs: NamedHostTensors }; readonly result: NonFinite | null };
  /** The whole state, of which some may be swapped. */
  state: { readonly request: { readonly expression: ExpressionAt; readonly swap: NamedHostTensors }; readonly result: NamedHostTensors };
  profile: { readonly request: { readonly expression: ExpressionAt; readonly lengths: Lengths; readonly calls: number }; readonly result: ProgramProfile };
  /** d objective / d logits [size, classes]. */
  objective: { readonly request: ObjectiveCall; readonly result: Float32Array };
  onnx: { readonly request: { readonly expression: ExpressionAt; readonly lengths: Lengths }; readonly result: Uint8Array };
}

export type WorkKind = keyof Work;
export type RequestOf<K extends WorkKind> = Work[K]['request'];
export type ResultOf<K extends WorkKind> = Work[K]['result'];

export type WorkItem = { [K in WorkKind]: { readonly kind: K; readonly request: RequestOf<K> } }[WorkKind];

export type MessageToHost = { readonly type: 'settings'; readonly settings: HostSettings } | { readonly type: 'work'; readonly item: WorkItem };

export type MessageFromHost =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly result: ResultOf<WorkKind> }
  /** The process does not hold the state that `stateKey` names. */
  | { readonly type: 'state-needed' }
  /** An error of the registry. */
  | { readonly type: 'refused'; readonly code: string; readonly status: number; readonly title: string; readonly detail: string; readonly errors: readonly ErrorPointer[] }
  /** Any other error. */
  | { readonly type: 'failed'; readonly stack: string };
