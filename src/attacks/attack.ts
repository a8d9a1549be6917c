import type { Model } from '../bundles/model.js';
import type { Key } from '../compiler/random/index.js';
import type { NormBall } from './norm-balls.js';

/**
 * What an attack does, as the verdict rules count it: a report needs an iterative attack on the cross-entropy, one on a
 * margin, a gradient-free and a hard-label attack before it may speak of more than an upper bound by a weak attack.
 */
export const ATTACK_KINDS = [
  'single-step',
  'iterative-cross-entropy',
  'iterative-margin',
  'gradient-free',
  'hard-label',
] as const;
export type AttackKind = (typeof ATTACK_KINDS)[number];

/** A batch under attack: [size, ...input.shape] examples within the input bounds, and their [size] true labels. */
export interface AttackBatch {
  readonly examples: Float32Array;
  readonly labels: Int32Array;
}

/** A function of the logits and labels of a batch that an attack climbs. */
export interface Objective {
  /**
   * @param logits [size, classes] row-major
   * @param labels [size]
   * @returns d objective / d logits [size, classes]
   */
  at(logits: Float32Array, labels: Int32Array): Promise<Float32Array>;
}

/** The goal and the geometry that all attacks of one run share. */
export interface AttackGoal {
  readonly ball: NormBall;
  /** [size] classes to reach; without them the goal is any class but the true one. */
  readonly targets?: Int32Array | undefined;
  /** What is climbed in place of the cross-entropy of the labels. */
  readonly objective?: Objective | undefined;
}

/** An attack on one batch, ready for any radius. What does not depend on the radius is computed once. */
export interface AttackRun {
  /** Calls of signatures that `begin` spent on each example. */
  readonly spent: QueryCount;
  /** Calls of signatures that each `at` spends on each example. */
  readonly perRadius: QueryCount;
  /** [size] 1 where the gradient was zero or not finite, so that the attack had no direction. */
  readonly withoutGradient: Uint8Array;
  /** [size, classes] logits as the gradient signature sees the clean batch. */
  readonly gradientLogits?: Float32Array;
  /** Candidates within `epsilon`; the runner projects, checks and judges them. */
  at(epsilon: number): Promise<Float32Array>;
}

export interface QueryCount {
  readonly gradient: number;
  readonly forward: number;
}

/** One published attack. `key` is the only source of randomness; deterministic attacks ignore it. */
export interface Attack<Settings> {
  readonly name: string;
  readonly kind: AttackKind;
  /** Steps and random starts at each radius, for the report. */
  schedule(settings: Settings): { readonly iterations: number; readonly restarts: number };
  begin(model: Model, batch: AttackBatch, goal: AttackGoal, settings: Settings, key?: Key): Promise<AttackRun>;
}
