import { z } from 'zod';

/** One named setting: where it comes from, what it may be, and what it is when nothing is said. */
export interface Setting<S extends z.ZodType> {
  readonly env: string;
  /** Command-line flag without the dashes. */
  readonly flag?: string;
  /** Checks and converts the text of the environment variable or flag. */
  readonly schema: S;
  /** As text, as a user would write it; undefined = not set. */
  readonly default: string | undefined;
  /** Accepted values in words. */
  readonly accepts: string;
  readonly description: string;
  readonly secret?: boolean;
}

type Details = { readonly flag?: string; readonly secret?: boolean };

/** A whole number of `unit`s within [least, most]. */
export function whole(env: string, fallback: number, [least, most]: readonly [number, number], unit: string, description: string, details: Details = {}) {
  const message = `expected a whole number of ${unit} from ${least} to ${most}`;
  const schema = z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .pipe(z.number().min(least, message).max(most, message));
  return { env, schema, default: String(fallback), accepts: `${least}..${most} ${unit}`, description, ...details };
}

/** One of the words of `options`. */
export function choice<const O extends readonly [string, ...string[]]>(env: string, fallback: O[number], options: O, description: string, details: Details = {}) {
  const schema = z.enum(options, `expected one of ${options.join(', ')}`);
  return { env, schema, default: fallback, accepts: options.join(' | '), description, ...details };
}

/** Non-empty text. */
export function text(env: string, fallback: string, accepts: string, description: string, details: Details = {}) {
  return { env, schema: z.string().min(1, `expected ${accepts}`), default: fallback, accepts, description, ...details };
}

/** Non-empty text, or nothing. */
export function optionalText(env: string, accepts: string, description: string, details: Details = {}) {
  return { env, schema: z.string().min(1, `expected ${accepts}`).optional(), default: undefined, accepts, description, ...details };
}

/** A URL with one of the given protocols, or nothing. */
export function optionalUrl(env: string, protocols: readonly string[], description: string, details: Details = {}) {
  const accepts = `${protocols.map((p) => `${p}://`).join(' or ')} URL`;
  const isAccepted = (value: string): boolean => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1));
  const schema = z.string().refine(isAccepted, `expected a ${accepts}`).optional();
  return { env, schema, default: undefined, accepts, description, ...details };
}
