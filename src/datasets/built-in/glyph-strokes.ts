/** Points of one pen stroke, [x0, y0, x1, y1, ...]; x to the right, y down, the glyph fills about [-0.6, 0.6] x [-1, 1]. */
export type Stroke = readonly number[];

const degrees = Math.PI / 180;

/** Points of an ellipse's arc from angle `from` to `to` in degrees; 0 points right, 90 down. */
function arc(x: number, y: number, radiusX: number, radiusY: number, from: number, to: number): number[] {
  const pieces = Math.ceil(Math.abs(to - from) / 30);
  return Array.from({ length: pieces + 1 }, (_, i) => (from + ((to - from) * i) / pieces) * degrees).flatMap((angle) => [
    x + radiusX * Math.cos(angle),
    y + radiusY * Math.sin(angle),
  ]);
}

/** The strokes of the ten glyphs, drawn by us after the usual digit forms. */
export const GLYPHS: readonly (readonly Stroke[])[] = [
  [arc(0, 0, 0.6, 1, -90, 270)],
  [[-0.4, -0.55, 0.08, -1, 0.08, 0, 0.08, 1]],
  [[...arc(0, -0.48, 0.56, 0.52, -170, 35), 0, 0.4, -0.6, 1, 0, 1, 0.62, 1]],
  [[...arc(-0.08, -0.5, 0.56, 0.5, -150, 80), ...arc(-0.08, 0.5, 0.64, 0.5, -85, 150)]],
  [[0.28, 1, 0.28, 0, 0.28, -1, -0.2, -0.2, -0.62, 0.4, 0, 0.4, 0.64, 0.4]],
  [[0.55, -1, -0.42, -1, -0.48, -0.1, ...arc(-0.04, 0.38, 0.6, 0.62, -125, 145)]],
  [[0.42, -1, ...arc(0.2, 0.4, 0.76, 1.2, -120, -175), ...arc(0, 0.46, 0.56, 0.54, 180, -180)]],
  [[-0.6, -1, 0, -1, 0.58, -1, 0.16, 0, -0.2, 1]],
  [[...arc(0, -0.5, 0.46, 0.48, 90, 450), ...arc(0, 0.5, 0.58, 0.52, -90, 270)]],
  [[...arc(0, -0.45, 0.55, 0.54, 0, 360), 0.52, 0.2, 0.3, 1]],
];
