/**
 * Joins the compiled server and the libraries it imports into a few files under dist/server/: Node.js opens about 2,000 module
 * files without it, which is a quarter of the time from start to ready. What holds native code, WebAssembly or data files stays a package.
 */
import { dirname, join, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './ensure.mjs';

const compiled = join(root, 'dist', 'src');
const target = join(root, 'dist', 'server');

const PACKAGES = [
  '@electric-sql/pglite', 'onnxruntime-node', 'onnxruntime-common', 'koffi', 'sharp', // native code, WebAssembly
  'swagger-ui-dist', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm', '@viz-js/viz', 'vega', 'vega-lite', 'protobufjs',
];
/** Asked for by frameworks only when a feature is used that this service does not use. */
const ABSENT = ['@nestjs/microservices', '@nestjs/websockets', '@fastify/view', 'class-transformer', 'class-validator', 'pg-native'];

const isExternal = (id) => [...PACKAGES, ...ABSENT].some((name) => id === name || id.startsWith(`${name}/`));

/** Files that a module finds beside itself stay where they are. */
const keepPlaces = {
  name: 'keep-places',
  transform(code, id) {
    if (!id.startsWith(compiled) || !code.includes('import.meta.url')) return undefined;
    const place = relative(target, id).split(sep).join('/');
    return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(place)}, import.meta.url).href`);
  },
};

export async function bundle() {
  const build = await rolldown({
    input: join(compiled, 'main.js'),
    platform: 'node',
    external: isExternal,
    plugins: [keepPlaces],
    onLog(level, log) {
      // TypeORM names the drivers of all its databases.
      const foreign = log.code === 'UNRESOLVED_IMPORT' && log.id !== undefined && !dirname(log.id).startsWith(compiled);
      if (level === 'warn' && !foreign) throw new Error(`bundle: ${log.message}`);
    },
  });
  await build.write({ dir: target, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name].js' });
  await build.close();
}
