import type { FastifyReply } from 'fastify';
import { MEDIA_TYPES } from './answer-format.js';
import type { Answer } from './generation.service.js';

/** Header of answers that are files: their facts (model, method, seed, steps, mask convention) as JSON. */
export const FACTS_HEADER = 'x-rampart-generation';

/** JSON in ASCII, as header values must be. */
const asciiJson = (value: unknown): string => JSON.stringify(value).replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The body of an answer: JSON as it is, files inline under a name of their own. */
export function sendAnswer(answer: Answer, name: string, reply: FastifyReply): Readonly<Record<string, unknown>> | Buffer {
  void reply.header('vary', 'accept');
  if (answer.format === 'json') return answer.body;
  const { bytes, facts, format } = answer;
  void reply.header(FACTS_HEADER, asciiJson(facts)).header('content-type', MEDIA_TYPES[format]).header('content-disposition', `inline; filename="${name}.${format}"`);
  return bytes;
}
