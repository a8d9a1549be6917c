import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, StreamableFile } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  safetensorsDtypeUnsupported, safetensorsDuplicateName, safetensorsHeaderInvalid, safetensorsHeaderTooLarge, safetensorsOffsetsInvalid, safetensorsTruncated,
  safetensorsValueInvalid,
} from '../../errors/bundles.errors.js';
import { expressionGradient, expressionNotFinite, expressionStateContended, expressionValueUnknown } from '../../errors/expressions.errors.js';
import { INVALID_REQUEST, MALFORMED_JSON, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE } from '../../errors/http.errors.js';
import { EXPRESSION_NOT_FOUND } from '../../errors/persistence.errors.js';
import { STORAGE_FULL } from '../../errors/storage.errors.js';
import { ApiFileResponse, ApiProblems, ApiRequestExamples } from '../openapi/api-decorators.js';
import {
  evaluateAnswer, evaluateRequest, gradientAnswer, gradientRequest, guardQuery, nonFiniteAnswer, nonFiniteRequest, stateAnswer, verifyAnswer, verifyRequest,
  type EvaluateAnswer, type EvaluateRequest, type GradientAnswer, type GradientRequest, type GuardQuery, type NonFiniteAnswer, type NonFiniteRequest, type StateAnswer,
  type VerifyAnswer, type VerifyRequest,
} from './call.schema.js';
import { CallsService } from './calls.service.js';
import { CALL_ERRORS, COMPUTATION_ERRORS } from './documented-errors.js';
import { expressionReference } from './expression.schema.js';
import { BINARY_BODY, EVALUATE_EXAMPLES, GRADIENT_EXAMPLES, NON_FINITE_EXAMPLES, SAFETENSORS, VERIFY_EXAMPLES } from './expressions.examples.js';

const FILE_ERRORS = [
  safetensorsTruncated, safetensorsHeaderTooLarge, safetensorsHeaderInvalid, safetensorsDuplicateName, safetensorsDtypeUnsupported, safetensorsOffsetsInvalid, safetensorsValueInvalid,
];

/** What a call that changes state may end with besides. */
const UPDATE_ERRORS = [expressionNotFinite, expressionStateContended, STORAGE_FULL];
const DERIVATIVE_ERRORS = [expressionGradient, expressionValueUnknown];

@ApiTags('expressions')
@Controller('expressions')
export class CallsController {
  constructor(private readonly calls: CallsService) {}

  @Post(':id/evaluate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Evaluate',
    description: 'Computes the outputs, then makes all updates at once. The state lasts; calls of several clients follow one another, and each counts exactly once.',
  })
  @ApiRequestExamples(EVALUATE_EXAMPLES)
  @ApiOkResponse({ standardSchema: evaluateAnswer })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, ...CALL_ERRORS, ...UPDATE_ERRORS)
  evaluate(@Param('id', { schema: expressionReference }) id: string, @Body({ schema: evaluateRequest }) body: EvaluateRequest): Promise<EvaluateAnswer> {
    return this.calls.evaluate(id, body);
  }

  @Post(':id/evaluate-binary')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Evaluate with binary tensors',
    description: 'Body and answer are safetensors files: the inputs by name; the outputs as `outputs.<name>` and the new state as `state.<name>`. Otherwise as the JSON form.',
  })
  @ApiConsumes(SAFETENSORS)
  @ApiBody(BINARY_BODY)
  @ApiFileResponse(SAFETENSORS, 'Outputs and new state')
  @ApiProblems(INVALID_REQUEST, UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, ...FILE_ERRORS, ...CALL_ERRORS, ...UPDATE_ERRORS)
  async evaluateBinary(@Param('id', { schema: expressionReference }) id: string, @Query({ schema: guardQuery }) { guard }: GuardQuery, @Req() request: FastifyRequest): Promise<StreamableFile> {
    if (!Buffer.isBuffer(request.body)) throw UNSUPPORTED_MEDIA_TYPE(request.headers['content-type'] ?? 'without a content type', [SAFETENSORS]);
    const file = await this.calls.evaluateBinary(id, request.body, guard);
    return new StreamableFile(file, { type: SAFETENSORS, length: file.byteLength });
  }

  @Get(':id/state')
  @ApiOperation({ summary: 'Get the state', description: 'Shared variables, and for each stream of random numbers the calls that it has answered.' })
  @ApiOkResponse({ standardSchema: stateAnswer })
  @ApiProblems(EXPRESSION_NOT_FOUND, ...COMPUTATION_ERRORS)
  state(@Param('id', { schema: expressionReference }) id: string): Promise<StateAnswer> {
    return this.calls.state(id);
  }

  @Post(':id/gradient')
  @HttpCode(200)
  @ApiOperation({ summary: 'Gradient', description: 'Value and derivatives of a float32 number by values of the source. Changes no state.' })
  @ApiRequestExamples(GRADIENT_EXAMPLES)
  @ApiOkResponse({ standardSchema: gradientAnswer })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, ...CALL_ERRORS, ...DERIVATIVE_ERRORS)
  gradient(@Param('id', { schema: expressionReference }) id: string, @Body({ schema: gradientRequest }) body: GradientRequest): Promise<GradientAnswer> {
    return this.calls.gradient(id, body);
  }

  @Post(':id/verify-gradient')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Verify a gradient',
    description: 'Compares derivatives by inputs and shared variables with central differences along random directions; float32 rounding is taken into account. Changes no state.',
  })
  @ApiRequestExamples(VERIFY_EXAMPLES)
  @ApiOkResponse({ standardSchema: verifyAnswer })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, ...CALL_ERRORS, ...DERIVATIVE_ERRORS)
  verify(@Param('id', { schema: expressionReference }) id: string, @Body({ schema: verifyRequest }) body: VerifyRequest): Promise<VerifyAnswer> {
    return this.calls.verify(id, body);
  }

  @Post(':id/non-finite')
  @HttpCode(200)
  @ApiOperation({ summary: 'Find the first NaN', description: 'The first operation that gives NaN or an infinity, its place in the source and the ranges of its operands. Changes no state.' })
  @ApiRequestExamples(NON_FINITE_EXAMPLES)
  @ApiOkResponse({ standardSchema: nonFiniteAnswer })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, ...CALL_ERRORS)
  nonFinite(@Param('id', { schema: expressionReference }) id: string, @Body({ schema: nonFiniteRequest }) body: NonFiniteRequest): Promise<NonFiniteAnswer> {
    return this.calls.nonFinite(id, body);
  }
}
