import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { convertSchema } from './schema-converter.js';

describe('zod schemas as OpenAPI components', () => {
  const shared = z.strictObject({ a: z.int(), at: z.iso.datetime() }).meta({ id: 'Shared' });
  const options = z.strictObject({ shared, n: z.number().positive().default(1) }).meta({ id: 'Options' });

  it('names an answer apart when defaults make it differ from the request', () => {
    const request = convertSchema(options, { schemaType: 'input' })!;
    const answer = convertSchema(options, { schemaType: 'output' })!;
    expect(request.schema).toEqual({ $ref: '#/components/schemas/Options' });
    expect(answer.schema).toEqual({ $ref: '#/components/schemas/OptionsAnswer' });
    expect(Object.keys(answer.components).sort()).toEqual(['OptionsAnswer', 'Shared']);
    expect(request.components['Options']).toMatchObject({ required: ['shared'], additionalProperties: false });
    expect(answer.components['OptionsAnswer']).toMatchObject({ required: ['shared', 'n'], properties: { shared: { $ref: '#/components/schemas/Shared' } } });
    expect(answer.components['OptionsAnswer']).not.toHaveProperty('additionalProperties');
    expect(answer.components['Shared']).toEqual(request.components['Shared']);
  });

  it('writes 3.1: exclusive bounds as numbers, no pattern beside a format, no bounds of exact integers', () => {
    const { components } = convertSchema(options, { schemaType: 'input' })!;
    expect(components['Options']).toMatchObject({ properties: { n: { type: 'number', exclusiveMinimum: 0, default: 1 } } });
    expect(components['Shared']).toMatchObject({ properties: { a: { type: 'integer' }, at: { type: 'string', format: 'date-time' } } });
    expect(JSON.stringify(components)).not.toContain('pattern');
  });

  it('leaves what is not a zod schema to others', () => {
    expect(convertSchema({}, { schemaType: 'input' })).toBeUndefined();
  });
});
