import type { Report } from '../report.schema.js';
import type { Proportion } from '../metrics/wilson.js';

/** The interval of a proportion, "89.4 – 92.8 %". */
export const interval = ({ low, high }: Proportion): string => `${(100 * low).toFixed(1)} – ${(100 * high).toFixed(1)} %`;

/** Seconds with a sensible number of digits. */
export const seconds = (value: number): string => (value < 10 ? `${value.toFixed(2)} s` : `${value.toFixed(0)} s`);

/** Name of a model in the report, by id. */
export function modelName({ header }: Report, id: string): string {
  return header.models.find((model) => model.id === id)?.name ?? id;
}

/** Nested settings as rows of dotted path and value, in their own order. */
export function flatten(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'object' && value !== null && !(Array.isArray(value) && value.every((item) => typeof item !== 'object'))) {
    return Object.entries(value).flatMap(([key, inner]) => flatten(inner, path === '' ? key : `${path}.${key}`));
  }
  return [[path, Array.isArray(value) ? value.join(', ') : String(value)]];
}
