import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pictureShape } from '../../attacks/picture.js';
import { encodeImageGrid } from '../../datasets/image-grid.js';
import { nearestExamples } from '../../generation/index.js';
import type { GeneratorGallery } from './generator-report.schema.js';
import type { RealData } from './real-data.js';

const COLUMNS = 8;
/** Height that a small picture is enlarged to, in pixels. */
const SHOWN_HEIGHT = 56;

export interface GalleryRows {
  readonly model: string;
  readonly samples: Float32Array;
  readonly reconstructions: Float32Array | undefined;
}

/**
 * Draws `gallery/examples.png`, and for each model `gallery/<model number>-samples.png`, `-nearest.png` and
 * `-reconstructions.png`: the first `size` rows of each kind.
 *
 * @param shape of one example; anything but grey or RGB pictures gives no gallery
 */
export async function drawGeneratorGallery(
  models: readonly GalleryRows[], real: RealData, shape: readonly number[], size: number, folder: string,
): Promise<GeneratorGallery | null> {
  const picture = pictureShape(shape);
  if (picture === undefined || size === 0) return null;
  const { height, width, channels } = picture;
  const length = height * width * channels;
  await mkdir(path.join(folder, 'gallery'), { recursive: true });
  const save = async (name: string, rows: Float32Array): Promise<string> => {
    const pictures = Array.from({ length: Math.min(size, rows.length / length) }, (_, i) => rows.subarray(i * length, (i + 1) * length));
    const scale = Math.max(Math.floor(SHOWN_HEIGHT / height), 1);
    await writeFile(path.join(folder, 'gallery', name), await encodeImageGrid(pictures, [height, width, channels], { columns: COLUMNS, scale }));
    return `gallery/${name}`;
  };
  const nearestOf = async (samples: Float32Array): Promise<Float32Array | undefined> => {
    if (real.trainingSplit === undefined) return undefined;
    const { indices } = await nearestExamples(samples.subarray(0, size * length), length, real.trainingSplit, 1);
    return real.trainingSplit.batch(indices).examples;
  };
  const drawn: GeneratorGallery['models'] = [];
  for (const [m, { model, samples, reconstructions }] of models.entries()) {
    const nearest = await nearestOf(samples);
    drawn.push({
      model,
      samples: await save(`${m + 1}-samples.png`, samples),
      nearest: nearest ? await save(`${m + 1}-nearest.png`, nearest) : null,
      reconstructions: reconstructions ? await save(`${m + 1}-reconstructions.png`, reconstructions) : null,
    });
  }
  return { examples: await save('examples.png', real.examples.values), columns: COLUMNS, models: drawn };
}
