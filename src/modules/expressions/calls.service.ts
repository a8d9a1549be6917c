import { Inject, Injectable } from '@nestjs/common';
import { decodeSafetensors, encodeSafetensors } from '../../bundles/safetensors.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import type { Settings } from '../../config/settings.js';
import { ExpressionRepository } from '../../persistence/repositories/expression.repository.js';
import { ExpressionRuntime } from '../../serving/expressions/expression-runtime.js';
import { SETTINGS } from '../platform/tokens.js';
import type {
  EvaluateAnswer, EvaluateRequest, GradientAnswer, GradientRequest, NonFiniteAnswer, NonFiniteRequest, StateAnswer, VerifyAnswer, VerifyRequest,
} from './call.schema.js';
import { readTensors, showTensors } from './declared-tensors.js';
import { showTensor } from './tensor-json.js';

type VariableReport = VerifyAnswer['variables'][number];

const shownNumber = (value: number): VariableReport['numeric'] => (Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity'));

const prefixed = (prefix: string, tensors: NamedHostTensors): NamedHostTensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor]));

/** Calls of stored expressions. */
@Injectable()
export class CallsService {
  constructor(
    private readonly expressions: ExpressionRepository,
    private readonly runtime: ExpressionRuntime,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws the errors of `ExpressionRuntime.evaluate` and of `readTensors` */
  async evaluate(reference: string, { inputs, guard }: EvaluateRequest): Promise<EvaluateAnswer> {
    const { outputs, updated, stateVersion } = await this.runtime.evaluate(reference, await this.inputsOf(reference, inputs), guard);
    return { outputs: showTensors(outputs), state: showTensors(updated), stateVersion };
  }

  /** Inputs as a safetensors file; outputs as `outputs.<name>` and the new state as `state.<name>` of another one. @throws the `safetensors-*` errors */
  async evaluateBinary(reference: string, file: Uint8Array, guard: boolean): Promise<Uint8Array> {
    const { outputs, updated } = await this.runtime.evaluate(reference, decodeSafetensors(file), guard);
    return encodeSafetensors({ ...prefixed('outputs.', outputs), ...prefixed('state.', updated) });
  }

  /** @throws expression-gradient, expression-value-unknown, and the errors of calls */
  async gradient(reference: string, { of, wrt, inputs }: GradientRequest): Promise<GradientAnswer> {
    const { value, gradients } = await this.runtime.read('gradient', reference, { of, wrt, inputs: await this.inputsOf(reference, inputs) });
    return { value: showTensor(value), gradients: showTensors(gradients) };
  }

  /** @throws expression-gradient, expression-value-unknown, and the errors of calls */
  async verify(reference: string, { of, wrt, inputs, ...options }: VerifyRequest): Promise<VerifyAnswer> {
    const { variables, ...report } = await this.runtime.read('verify', reference, { of, wrt, inputs: await this.inputsOf(reference, inputs), options });
    const shown = variables.map(({ analytic, numeric, relativeError, ...rest }): VariableReport =>
      ({ ...rest, analytic: shownNumber(analytic), numeric: shownNumber(numeric), relativeError: shownNumber(relativeError) }));
    return { ...report, variables: shown };
  }

  /** @throws the errors of calls */
  async nonFinite(reference: string, { inputs }: NonFiniteRequest): Promise<NonFiniteAnswer> {
    const found = await this.runtime.read('nonFinite', reference, { inputs: await this.inputsOf(reference, inputs) });
    return { found: found as NonFiniteAnswer['found'] };
  }

  /** @throws expression-not-found */
  async state(reference: string): Promise<StateAnswer> {
    return { state: showTensors(await this.runtime.read('state', reference, { swap: {} })) };
  }

  private async inputsOf(reference: string, inputs: EvaluateRequest['inputs']): Promise<NamedHostTensors> {
    const { signature } = await this.expressions.get(reference);
    return readTensors(inputs, signature, '/inputs', this.settings.expressionElements);
  }
}
