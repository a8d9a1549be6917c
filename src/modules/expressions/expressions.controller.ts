import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { profileNotAvailable, tensorMismatch, tensorUnknown } from '../../errors/compiler.errors.js';
import { expressionDimension, expressionTensorInvalid } from '../../errors/expressions.errors.js';
import { INVALID_REQUEST, MALFORMED_JSON } from '../../errors/http.errors.js';
import { EXPRESSION_NOT_FOUND, INVALID_CURSOR, NAME_TAKEN } from '../../errors/persistence.errors.js';
import { STORAGE_FULL } from '../../errors/storage.errors.js';
import type { Page } from '../../persistence/paging.js';
import { pageQuery, type PageQuery } from '../http/paging.schema.js';
import { ApiFileResponse, ApiProblems, ApiRequestExamples } from '../openapi/api-decorators.js';
import { copyRequest, type CopyRequest } from './call.schema.js';
import { COMPUTATION_ERRORS, SOURCE_ERRORS } from './documented-errors.js';
import {
  expressionDetail, expressionPage, expressionReference, expressionRequest, expressionView, lengthsQuery, profileQuery,
  type ExpressionDetail, type ExpressionRequest, type ExpressionView, type LengthsQuery, type ProfileQuery,
} from './expression.schema.js';
import { COPY_EXAMPLES, CREATE_EXAMPLES } from './expressions.examples.js';
import { ExpressionsService } from './expressions.service.js';
import { profileView } from './graph.schema.js';

@ApiTags('expressions')
@Controller('expressions')
export class ExpressionsController {
  constructor(private readonly expressions: ExpressionsService) {}

  @Post()
  @ApiOperation({
    summary: 'Create an expression',
    description:
      'Checks and compiles a source of the expression language. The answer holds the types of inputs, shared variables and outputs, the program before and after the passes, ' +
      'and what the passes did: nodes of each pass, rewrites, and refusals with their reasons. A source that is refused is answered with line and column of each problem.',
  })
  @ApiRequestExamples(CREATE_EXAMPLES)
  @ApiCreatedResponse({ description: 'Created; `Location` is its address', standardSchema: expressionDetail })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, NAME_TAKEN, ...SOURCE_ERRORS)
  async create(@Body({ schema: expressionRequest }) body: ExpressionRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<ExpressionDetail> {
    return located(reply, await this.expressions.create(body));
  }

  @Get()
  @ApiOperation({ summary: 'List expressions', description: 'Newest first, without sources and graphs.' })
  @ApiOkResponse({ standardSchema: expressionPage })
  @ApiProblems(INVALID_REQUEST, INVALID_CURSOR)
  list(@Query({ schema: pageQuery }) query: PageQuery): Promise<Page<ExpressionView>> {
    return this.expressions.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get an expression', description: 'As its creation answers; `lengths` where each binding of the unknown dimensions has its own program.' })
  @ApiOkResponse({ standardSchema: expressionDetail })
  @ApiProblems(INVALID_REQUEST, EXPRESSION_NOT_FOUND, expressionDimension, ...COMPUTATION_ERRORS)
  get(@Param('id', { schema: expressionReference }) id: string, @Query({ schema: lengthsQuery }) query: LengthsQuery): Promise<ExpressionDetail> {
    return this.expressions.get(id, query);
  }

  @Post(':id/copy')
  @ApiOperation({
    summary: 'Copy an expression',
    description: 'A new expression of the same source. It begins with the present state, of which some tensors may be swapped: shared variables, and for each stream the number of calls that it has answered.',
  })
  @ApiRequestExamples(COPY_EXAMPLES)
  @ApiCreatedResponse({ description: 'Created; `Location` is its address', standardSchema: expressionView })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, EXPRESSION_NOT_FOUND, NAME_TAKEN, tensorUnknown, tensorMismatch, expressionTensorInvalid, STORAGE_FULL, ...COMPUTATION_ERRORS)
  async copy(
    @Param('id', { schema: expressionReference }) id: string, @Body({ schema: copyRequest }) body: CopyRequest, @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ExpressionView> {
    return located(reply, await this.expressions.copy(id, body));
  }

  @Get(':id/profile')
  @ApiOperation({
    summary: 'Profile an expression',
    description: 'Runs it some times on made-up inputs of the given lengths and a copy of its state, and says where the time goes: for each node its calls, time, bytes and place in the source.',
  })
  @ApiOkResponse({ standardSchema: profileView })
  @ApiProblems(INVALID_REQUEST, EXPRESSION_NOT_FOUND, expressionDimension, profileNotAvailable, ...COMPUTATION_ERRORS)
  profile(@Param('id', { schema: expressionReference }) id: string, @Query({ schema: profileQuery }) query: ProfileQuery): Promise<z.infer<typeof profileView>> {
    return this.expressions.profile(id, query);
  }

  @Get(':id/onnx')
  @ApiOperation({
    summary: 'Download as ONNX',
    description:
      'The program after the passes as one ONNX model of standard operators. Shared variables and random numbers are inputs beside the others; the new value of a shared variable is the output ' +
      '`next:<name>`, and an output that is named as an input or shared variable is `output:<name>`.',
  })
  @ApiFileResponse('application/octet-stream', 'ONNX model')
  @ApiProblems(INVALID_REQUEST, EXPRESSION_NOT_FOUND, expressionDimension, ...COMPUTATION_ERRORS)
  async onnx(@Param('id', { schema: expressionReference }) id: string, @Query({ schema: lengthsQuery }) query: LengthsQuery): Promise<StreamableFile> {
    const { bytes, fileName } = await this.expressions.onnx(id, query);
    return new StreamableFile(bytes, { type: 'application/octet-stream', length: bytes.byteLength, disposition: `attachment; filename="${fileName}"` });
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete an expression', description: 'With its state. Copies stay, and so do jobs that were given it.' })
  @ApiNoContentResponse({ description: 'Deleted' })
  @ApiProblems(EXPRESSION_NOT_FOUND)
  delete(@Param('id', { schema: expressionReference }) id: string): Promise<void> {
    return this.expressions.delete(id);
  }
}

function located<T extends ExpressionView>(reply: FastifyReply, view: T): T {
  void reply.status(201).header('location', `/api/v1/expressions/${view.id}`);
  return view;
}
