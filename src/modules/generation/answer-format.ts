import { NOT_ACCEPTABLE } from '../../errors/http.errors.js';
import type { Format } from '../../generation/generation.options.js';

/** Media types of answers; NPZ has no registered one. */
export const MEDIA_TYPES: { readonly [F in Format]: string } = {
  json: 'application/json', png: 'image/png', zip: 'application/zip', npz: 'application/x-npz', gif: 'image/gif', apng: 'image/apng',
};

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

/** Media ranges of an Accept header, best first (RFC 9110, section 12.5.1); of equal quality, the one named first. */
function rangesOf(accept: string): MediaRange[] {
  return accept
    .split(',')
    .map((part) => {
      const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
      return { type, quality: Number.isFinite(quality) ? quality : 0 };
    })
    .filter(({ type, quality }) => type !== '' && quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

const covers = (range: string, type: string): boolean => range === '*/*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)));

/**
 * The format of an answer: what the body asks for, else the best of the Accept header that is offered, else the first one.
 * @throws not-acceptable
 */
export function chooseFormat<F extends Format>(asked: F | undefined, accept: string | undefined, offered: readonly F[]): F {
  if (asked !== undefined) return asked;
  const ranges = rangesOf(accept === undefined || accept.trim() === '' ? '*/*' : accept);
  for (const { type } of ranges) {
    const format = offered.find((candidate) => covers(type, MEDIA_TYPES[candidate]));
    if (format !== undefined) return format;
  }
  throw NOT_ACCEPTABLE(accept ?? '', offered.map((format) => MEDIA_TYPES[format]));
}
