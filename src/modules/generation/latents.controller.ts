import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { endpointCountInvalid, latentShapeMismatch, weightsMismatch } from '../../errors/generation.errors.js';
import { NUMBER_FORMATS, PICTURE_FORMATS } from '../../generation/generation.options.js';
import { reference } from '../http/params.schema.js';
import { ApiGeneration, CLASS_PROBLEMS, EXAMPLE_PROBLEMS } from './api-generation.js';
import { ARITHMETIC_EXAMPLES, DECODE_EXAMPLES, INTERPOLATE_EXAMPLES, NEAREST_EXAMPLES, STORED_EXAMPLES } from './generation.examples.js';
import {
  arithmeticAnswer, arithmeticRequest, decodeAnswer, decodeRequest, encodeAnswer, encodeRequest, interpolateAnswer, interpolateRequest, nearestAnswer, nearestRequest, reconstructAnswer, reconstructRequest,
  type ArithmeticRequest, type DecodeRequest, type EncodeRequest, type InterpolateRequest, type NearestRequest, type ReconstructRequest,
} from './generation.schema.js';
import { LatentsService } from './latents.service.js';
import { Client, type RequestClient } from './request-client.js';
import { sendAnswer } from './send-answer.js';

@ApiTags('generation')
@Controller('models')
export class LatentsController {
  constructor(private readonly latents: LatentsService) {}

  @Post(':id/reconstruct')
  @ApiGeneration({
    summary: 'Reconstruct', description: 'Encodes examples and decodes them again, with the squared error of each.',
    examples: STORED_EXAMPLES, answer: reconstructAnswer, formats: PICTURE_FORMATS, problems: [...CLASS_PROBLEMS, ...EXAMPLE_PROBLEMS],
  })
  async reconstruct(@Param('id', { schema: reference }) id: string, @Body({ schema: reconstructRequest }) body: ReconstructRequest, @Client() client: RequestClient, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendAnswer(await this.latents.reconstruct(id, body, client), 'reconstructions', reply);
  }

  @Post(':id/encode')
  @ApiGeneration({
    summary: 'Encode', description: 'Mean and standard deviation of q(z | x), and a draw of it.',
    examples: STORED_EXAMPLES, answer: encodeAnswer, formats: NUMBER_FORMATS, problems: [...CLASS_PROBLEMS, ...EXAMPLE_PROBLEMS],
  })
  async encode(@Param('id', { schema: reference }) id: string, @Body({ schema: encodeRequest }) body: EncodeRequest, @Client() client: RequestClient, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendAnswer(await this.latents.encode(id, body, client), 'encoding', reply);
  }

  @Post(':id/decode')
  @ApiGeneration({
    summary: 'Decode', description: 'Pictures of given latents.',
    examples: DECODE_EXAMPLES, answer: decodeAnswer, formats: PICTURE_FORMATS, problems: [...CLASS_PROBLEMS, latentShapeMismatch],
  })
  async decode(@Param('id', { schema: reference }) id: string, @Body({ schema: decodeRequest }) body: DecodeRequest, @Client() client: RequestClient, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendAnswer(await this.latents.decode(id, body, client), 'samples', reply);
  }

  @Post(':id/interpolate')
  @ApiGeneration({
    summary: 'Interpolate', description: 'Decodes latents between two ends, or on a grid between four corners; the ends are given examples, given latents, or drawn.',
    examples: INTERPOLATE_EXAMPLES, answer: interpolateAnswer, formats: PICTURE_FORMATS, problems: [...CLASS_PROBLEMS, ...EXAMPLE_PROBLEMS, latentShapeMismatch, endpointCountInvalid],
  })
  async interpolate(@Param('id', { schema: reference }) id: string, @Body({ schema: interpolateRequest }) body: InterpolateRequest, @Client() client: RequestClient, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendAnswer(await this.latents.interpolate(id, body, client), 'interpolation', reply);
  }

  @Post(':id/latent-arithmetic')
  @ApiGeneration({
    summary: 'Add and subtract latents', description: 'Decodes a weighted sum of the latents of examples, or of given latents.',
    examples: ARITHMETIC_EXAMPLES, answer: arithmeticAnswer, formats: PICTURE_FORMATS, problems: [...CLASS_PROBLEMS, ...EXAMPLE_PROBLEMS, latentShapeMismatch, weightsMismatch],
  })
  async arithmetic(@Param('id', { schema: reference }) id: string, @Body({ schema: arithmeticRequest }) body: ArithmeticRequest, @Client() client: RequestClient, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendAnswer(await this.latents.arithmetic(id, body, client), 'latent-arithmetic', reply);
  }

  @Post(':id/nearest')
  @ApiGeneration({
    summary: 'Find the nearest training examples', description: 'The stored examples nearest to samples or given pictures: a copy shows as a distance near 0.',
    examples: NEAREST_EXAMPLES, answer: nearestAnswer, formats: PICTURE_FORMATS, problems: EXAMPLE_PROBLEMS,
  })
  async nearest(@Param('id', { schema: reference }) id: string, @Body({ schema: nearestRequest }) body: NearestRequest, @Client() client: RequestClient, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendAnswer(await this.latents.nearest(id, body, client), 'nearest', reply);
  }
}
