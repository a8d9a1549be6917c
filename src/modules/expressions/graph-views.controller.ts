import { Controller, Get, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { profileNotAvailable } from '../../errors/compiler.errors.js';
import { expressionDimension, graphQueueFull, graphTooLarge } from '../../errors/expressions.errors.js';
import { INVALID_REQUEST } from '../../errors/http.errors.js';
import { EXPRESSION_NOT_FOUND } from '../../errors/persistence.errors.js';
import { GRAPH_HEADER_POLICY } from '../../expressions/view/index.js';
import { pagePolicy } from '../../pages/page.js';
import { ApiFileResponse, ApiProblems } from '../openapi/api-decorators.js';
import { COMPUTATION_ERRORS } from './documented-errors.js';
import { expressionReference, graphPageQuery, pictureQuery, type GraphPageQuery, type PictureQuery } from './expression.schema.js';
import { GraphViewsService } from './graph-views.service.js';

@ApiTags('expressions')
@Controller('expressions')
export class GraphViewsController {
  constructor(private readonly views: GraphViewsService) {}

  @Get(':id/graph.svg')
  @ApiOperation({
    summary: 'Picture of the graph',
    description: 'The program before or after the passes: inputs, shared variables, operations with types, outputs and new values. One SVG document without scripts, for light and dark pages.',
  })
  @ApiFileResponse('image/svg+xml', 'SVG document')
  @ApiProblems(INVALID_REQUEST, EXPRESSION_NOT_FOUND, expressionDimension, graphTooLarge, graphQueueFull, ...COMPUTATION_ERRORS)
  async picture(@Param('id', { schema: expressionReference }) id: string, @Query({ schema: pictureQuery }) query: PictureQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    void reply.header('content-security-policy', pagePolicy());
    return file(await this.views.picture(id, query), 'image/svg+xml', 'graph.svg');
  }

  @Get(':id/graph')
  @ApiOperation({
    summary: 'Graph as an interactive page',
    description:
      'Open it in a browser: the graph before and after the passes, with types, formulas and places in the source; rewrites applied and refused; and, with `calls`, where the time goes. ' +
      'One self-contained page. A graph of more than 500 nodes is not drawn, and a note says so.',
  })
  @ApiFileResponse('text/html', 'Open it in a browser')
  @ApiProblems(INVALID_REQUEST, EXPRESSION_NOT_FOUND, expressionDimension, profileNotAvailable, graphTooLarge, graphQueueFull, ...COMPUTATION_ERRORS)
  async page(@Param('id', { schema: expressionReference }) id: string, @Query({ schema: graphPageQuery }) query: GraphPageQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    void reply.header('content-security-policy', GRAPH_HEADER_POLICY);
    return file(await this.views.page(id, query), 'text/html', 'graph.html');
  }
}

function file(text: string, type: string, name: string): StreamableFile {
  const content = Buffer.from(text);
  return new StreamableFile(content, { type: `${type}; charset=utf-8`, length: content.byteLength, disposition: `inline; filename="${name}"` });
}
