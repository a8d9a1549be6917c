import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

type JsonSchema = Record<string, unknown>;
type Direction = 'input' | 'output';

interface Conversion {
  schema: JsonSchema;
  components: Record<string, JsonSchema>;
}

function isRecord(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy of a JSON value in which `change` has the first say on every entry of every object; undefined drops the entry. */
function mapEntries(value: unknown, change: (key: string, child: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapEntries(item, change));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, change(key, child)] as const);
  return Object.fromEntries(entries.filter(([, child]) => child !== undefined).map(([key, child]) => [key, mapEntries(child, change)]));
}

/** Answers may gain fields in later versions, so `additionalProperties: false` is not promised for them. */
function opened(schema: unknown): JsonSchema {
  return mapEntries(schema, (key, child) => (key === 'additionalProperties' && child === false ? undefined : child)) as JsonSchema;
}

function referencesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => (key === '$ref' && typeof child === 'string' ? [child.replace('#/$defs/', '')] : referencesOf(child)));
}

/** Patterns that only repeat a `format`, and the bounds of exact integers, say nothing to a reader. */
function simplify({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema['format'] !== undefined) delete jsonSchema['pattern'];
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
}

function toJsonSchema(schema: z.ZodType, io: Direction): { rest: JsonSchema; definitions: Record<string, JsonSchema> } {
  const { $defs = {}, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any', override: simplify });
  delete rest.$schema;
  return { rest, definitions: $defs };
}

/** Whether a definition, and all that it refers to, reads the same in requests and in answers. */
function isShared(id: string, requests: Record<string, JsonSchema>, answers: Record<string, JsonSchema>, seen = new Set<string>()): boolean {
  if (seen.has(id)) return true;
  seen.add(id);
  if (requests[id] === undefined || !isDeepStrictEqual(opened(requests[id]), opened(answers[id]))) return false;
  return referencesOf(requests[id]).every((other) => isShared(other, requests, answers, seen));
}

/**
 * zod schemas as OpenAPI 3.1 components. A schema with `meta({id})` becomes a component of that name; where its answer
 * (every default filled in) differs from its request, the answer is a component of its own, `<id>Answer`.
 */
export function convertSchema(schema: unknown, { schemaType }: { schemaType: Direction }): Conversion | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const request = toJsonSchema(schema, 'input');
  const answer = toJsonSchema(schema, 'output');
  const shared = new Set(Object.keys(answer.definitions).filter((id) => isShared(id, request.definitions, answer.definitions)));
  const nameOf = (id: string): string => (schemaType === 'output' && !shared.has(id) ? `${id}Answer` : id);
  const linked = (value: unknown): JsonSchema =>
    mapEntries(value, (key, child) =>
      key === '$ref' && typeof child === 'string' ? `#/components/schemas/${nameOf(child.replace('#/$defs/', ''))}` : child,
    ) as JsonSchema;
  if (schemaType === 'input') {
    return { schema: linked(request.rest), components: Object.fromEntries(Object.entries(request.definitions).map(([id, value]) => [id, linked(value)])) };
  }
  const definitions = Object.entries(answer.definitions).map(([id, value]) => [nameOf(id), linked(shared.has(id) ? request.definitions[id] : opened(value))] as const);
  return { schema: linked(opened(answer.rest)), components: Object.fromEntries(definitions) };
}
