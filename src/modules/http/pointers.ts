import type { ErrorPointer } from '../../errors/index.js';

/** What a schema check reports of one place; zod fills in more than the standard asks for. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

const MAX_POINTERS = 50;

/** RFC 6901: `~` and `/` inside a name are written `~0` and `~1`. */
function escapeSegment(segment: PropertyKey): string {
  return String(segment).replaceAll('~', '~0').replaceAll('/', '~1');
}

function pointerOf(path: SchemaIssue['path']): string {
  return (path ?? []).map((part) => `/${escapeSegment(typeof part === 'object' ? part.key : part)}`).join('');
}

function joined(issues: readonly SchemaIssue[]): string {
  return issues.map(({ message, path }) => `${message}${path?.length ? ` at ${pointerOf(path)}` : ''}`).join(' and ');
}

function detailOf({ code, errors, message }: SchemaIssue): string {
  const branches = code === 'invalid_union' && errors !== undefined && errors.length > 0;
  return branches ? `Fits none of the accepted forms: ${errors.map(joined).join('; or ')}` : message;
}

/** Issues of a schema check as places of the request; keys that are not known get a place each. */
export function toPointers(issues: readonly SchemaIssue[]): readonly ErrorPointer[] {
  return issues
    .flatMap((issue) => {
      const pointer = pointerOf(issue.path);
      if (issue.code !== 'unrecognized_keys' || issue.keys === undefined) return [{ pointer, detail: detailOf(issue) }];
      return issue.keys.map((key) => ({ pointer: `${pointer}/${escapeSegment(key)}`, detail: 'Not a known name here' }));
    })
    .slice(0, MAX_POINTERS);
}
