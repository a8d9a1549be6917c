import sharp from 'sharp';

/** Colours of classes 0, 1, ... (repeated from the start): ten that stay apart on white. */
const COLOURS = ['#1f6fb4', '#e07b00', '#2a9d4a', '#c8323c', '#7b52ab', '#8a5a44', '#d964b0', '#6b6b6b', '#a8a500', '#11a7b5'] as const;
const SIDE = 480;
const MARGIN = 12;

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

/** Points as coloured discs in a square PNG, both axes over `bounds`, y upwards; no text. */
export async function scatterPlot(points: readonly ScatterPoint[], bounds: readonly [number, number]): Promise<Buffer> {
  const [low, high] = bounds;
  const place = (value: number): number => MARGIN + ((value - low) / (high - low)) * (SIDE - 2 * MARGIN);
  const discs = points.map(
    ({ x, y, label }) =>
      `<circle cx="${place(x).toFixed(2)}" cy="${(SIDE - place(y)).toFixed(2)}" r="3" fill="${COLOURS[label % COLOURS.length]!}" fill-opacity="0.75"/>`,
  );
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}"><rect width="100%" height="100%" fill="white"/>` +
    `<rect x="0.5" y="0.5" width="${SIDE - 1}" height="${SIDE - 1}" fill="none" stroke="#bbbbbb"/>${discs.join('')}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
