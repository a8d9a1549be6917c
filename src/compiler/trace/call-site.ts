import { basename } from 'node:path';

/** Frames deep inside tfjs-core that lie between a kernel and the program, even in a gradient of a gradient. */
const STACK_DEPTH = 60;

/** Node's own code, packages and the compiler are not the program; its specs and contract rows are. */
function isProgramFile(file: string): boolean {
  if (file.startsWith('node:') || file.includes('/node_modules/')) return false;
  return !/\/src\/compiler\//.test(file) || /\.spec\.[jt]s$|\/contract\//.test(file);
}

let given: string | undefined;

/**
 * Runs `body`, whose kernels take `site` as their call site: for programs that are made from text, whose place in that text
 * says more than a stack does. Synchronous; the innermost of nested sites counts.
 */
export function withSite<T>(site: string, body: () => T): T {
  const outer = given;
  given = site;
  try {
    return body();
  } finally {
    given = outer;
  }
}

/**
 * Where the program asked for the current kernel, e.g. `convnet.ts:41`: the innermost frame outside packages and the
 * compiler, or the site of `withSite`. Raw call sites are read, because formatting a stack costs ten times as much.
 */
export function callSite(): string {
  if (given !== undefined) return given;
  const formatter: unknown = Reflect.get(Error, 'prepareStackTrace');
  const { stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = STACK_DEPTH;
    Error.prepareStackTrace = (_, frames) => frames;
    Error.captureStackTrace(holder, callSite);
    for (const frame of holder.stack as NodeJS.CallSite[]) {
      const file = frame.getFileName();
      if (file && isProgramFile(file)) return `${basename(file)}:${frame.getLineNumber()}`;
    }
    return 'unknown site';
  } finally {
    Reflect.set(Error, 'prepareStackTrace', formatter);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
