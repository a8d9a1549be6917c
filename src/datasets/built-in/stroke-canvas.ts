/**
 * A square grey canvas that draws line segments by their distance field: the coverage of a pixel whose centre is at
 * distance d from the nearest segment of a pen of radius r is clamp(r + 1/2 - d, 0, 1).
 */
export class StrokeCanvas {
  private readonly squaredDistance: Float32Array;

  constructor(readonly side: number) {
    this.squaredDistance = new Float32Array(side * side);
  }

  clear(): void {
    this.squaredDistance.fill(Infinity);
  }

  /** Adds a segment between two points in pixels (pixel (0, 0) has its centre at (0, 0)), drawn by pens up to `radius`. */
  segment(x0: number, y0: number, x1: number, y1: number, radius: number): void {
    const { side, squaredDistance } = this;
    const reach = radius + 0.5;
    const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach));
    const right = Math.min(side - 1, Math.floor(Math.max(x0, x1) + reach));
    const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach));
    const bottom = Math.min(side - 1, Math.floor(Math.max(y0, y1) + reach));
    const dx = x1 - x0;
    const dy = y1 - y0;
    const inverse = 1 / Math.max(dx * dx + dy * dy, 1e-12);
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const along = ((x - x0) * dx + (y - y0) * dy) * inverse;
        const t = along < 0 ? 0 : along > 1 ? 1 : along;
        const ex = x - x0 - t * dx;
        const ey = y - y0 - t * dy;
        const squared = ex * ex + ey * ey;
        const at = y * side + x;
        if (squared < squaredDistance[at]!) squaredDistance[at] = squared;
      }
    }
  }

  /** Coverage in [0, 1] of pixel `at` (row-major). */
  coverage(at: number, radius: number): number {
    const squared = this.squaredDistance[at]!;
    if (squared >= (radius + 0.5) * (radius + 0.5)) return 0;
    const inside = radius + 0.5 - Math.sqrt(squared);
    return inside > 1 ? 1 : inside;
  }
}
