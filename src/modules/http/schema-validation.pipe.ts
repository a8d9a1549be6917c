import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { INVALID_REQUEST } from '../../errors/http.errors.js';
import { toPointers } from './pointers.js';

const PLACES = { body: 'body', query: 'query', param: 'path', custom: 'input' } as const;

/** Checks what a handler declares with `@Body({schema})`, `@Query({schema})` or `@Param({schema})` and hands on the parsed value. */
@Injectable()
export class SchemaValidationPipe implements PipeTransform {
  async transform(value: unknown, { schema, type, data }: ArgumentMetadata): Promise<unknown> {
    if (schema === undefined || type === 'custom') return value;
    const outcome = await schema['~standard'].validate(value);
    if (outcome.issues === undefined) return outcome.value;
    const place = type in PLACES ? PLACES[type as keyof typeof PLACES] : type;
    const prefix = data === undefined ? '' : `/${data}`;
    const pointers = toPointers(outcome.issues);
    throw INVALID_REQUEST(place, pointers.map(({ pointer, detail }) => ({ pointer: prefix + pointer, detail })));
  }
}
