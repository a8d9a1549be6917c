import { scanUnrolledTooLarge } from '../../errors/control.errors.js';
import { activeRecorder } from '../trace/backend.js';
import type { Recorder } from '../trace/recorder.js';
import { masked, type LoopResult, type LoopSpec } from './loop-spec.js';
import { plainLoop } from './plain-loop.js';
import { recordedLoop } from './recorded-loop.js';
import { gradientDepth } from './tape.js';

/** Operations that unrolled steps may record: more take ONNX Runtime minutes to load. */
export const MOST_UNROLLED_OPERATIONS = 20_000;

/** The steps one by one in a trace. */
function unrolled(recorder: Recorder, spec: LoopSpec): LoopResult {
  const start = recorder.recorded;
  return plainLoop(spec, (done) => {
    const operations = recorder.recorded - start;
    if (done === 1 && operations * spec.steps > MOST_UNROLLED_OPERATIONS) throw scanUnrolledTooLarge(spec.steps, operations, MOST_UNROLLED_OPERATIONS);
  });
}

/**
 * Runs a loop eagerly, or records it: as a loop, or step by step where `unroll` says so and inside a gradient of a
 * gradient, since the adjoint of a loop has no adjoint.
 * @throws scan-unrolled-too-large
 */
export function runLoop(spec: LoopSpec, unroll: boolean): LoopResult {
  const recorder = activeRecorder();
  if (recorder === undefined) return plainLoop(spec);
  const stepByStep = unroll || gradientDepth() > 1;
  // a trace has no values to stop by, and an adjoint goes back over a fixed number of steps
  const complete = spec.endsEarly && (stepByStep || gradientDepth() > 0) ? masked(spec) : spec;
  const { states, outputs } = stepByStep ? unrolled(recorder, complete) : recordedLoop(recorder, complete);
  return { states: states.slice(0, spec.states.length), outputs };
}
