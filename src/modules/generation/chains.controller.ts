import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { maskMissing, maskNotBinary, maskSizeMismatch, maskWithoutKnown, maskWithoutUnknown } from '../../errors/generation.errors.js';
import { FRAME_FORMATS, NUMBER_FORMATS, PICTURE_FORMATS } from '../../generation/generation.options.js';
import { reference } from '../http/params.schema.js';
import { ApiGeneration, ATTRIBUTE_PROBLEMS, CLASS_PROBLEMS, EXAMPLE_PROBLEMS } from './api-generation.js';
import { ChainsService } from './chains.service.js';
import { CHAIN_EXAMPLES, INPAINT_EXAMPLES, SAMPLES_EXAMPLES, STORED_EXAMPLES } from './generation.examples.js';
import {
  attributesAnswer, attributesRequest, chainAnswer, chainRequest, inpaintAnswer, inpaintRequest, samplesAnswer, samplesRequest,
  type AttributesRequest, type ChainRequest, type InpaintRequest, type SamplesRequest,
} from './generation.schema.js';
import { Client, type RequestClient } from './request-client.js';
import { sendAnswer } from './send-answer.js';

@ApiTags('generation')
@Controller('models')
export class ChainsController {
  constructor(private readonly chains: ChainsService) {}

  @Post(':id/samples')
  @ApiGeneration({
    summary: 'Sample pictures', description: 'Draws z ~ N(0, I) and decodes it; with steps above 1, runs the chain of decoder and encoder from there.',
    examples: SAMPLES_EXAMPLES, answer: samplesAnswer, formats: PICTURE_FORMATS, problems: CLASS_PROBLEMS,
  })
  async samples(@Param('id', { schema: reference }) id: string, @Body({ schema: samplesRequest }) body: SamplesRequest, @Client() client: RequestClient, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendAnswer(await this.chains.samples(id, body, client), 'samples', reply);
  }

  @Post(':id/chain')
  @ApiGeneration({
    summary: 'Run chains', description: 'Alternates decoder and encoder from the prior or from given examples, and gives every n-th step as a frame.',
    examples: CHAIN_EXAMPLES, answer: chainAnswer, formats: FRAME_FORMATS, problems: [...CLASS_PROBLEMS, ...EXAMPLE_PROBLEMS],
  })
  async chain(@Param('id', { schema: reference }) id: string, @Body({ schema: chainRequest }) body: ChainRequest, @Client() client: RequestClient, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendAnswer(await this.chains.chain(id, body, client), 'chain', reply);
  }

  @Post(':id/inpaint')
  @ApiGeneration({
    summary: 'Complete a picture', description: 'Fills in the unknown pixels by the chain with the known ones clamped: k completions and how much they differ at each pixel. Known pixels come back bit for bit.',
    examples: INPAINT_EXAMPLES, answer: inpaintAnswer, formats: PICTURE_FORMATS,
    problems: [...CLASS_PROBLEMS, ...EXAMPLE_PROBLEMS, maskMissing, maskNotBinary, maskSizeMismatch, maskWithoutKnown, maskWithoutUnknown],
  })
  async inpaint(@Param('id', { schema: reference }) id: string, @Body({ schema: inpaintRequest }) body: InpaintRequest, @Client() client: RequestClient, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendAnswer(await this.chains.inpaint(id, body, client), 'inpainting', reply);
  }

  @Post(':id/attributes')
  @ApiGeneration({
    summary: 'Predict attributes', description: 'Class probabilities by the chain with all pixels clamped, averaged over its last half; for models with labels as visible variables.',
    examples: STORED_EXAMPLES, answer: attributesAnswer, formats: NUMBER_FORMATS, problems: [...EXAMPLE_PROBLEMS, ...ATTRIBUTE_PROBLEMS],
  })
  async attributes(@Param('id', { schema: reference }) id: string, @Body({ schema: attributesRequest }) body: AttributesRequest, @Client() client: RequestClient, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendAnswer(await this.chains.attributes(id, body, client), 'attributes', reply);
  }
}
