import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { graphQueueFull, graphTooLarge } from '../../errors/expressions.errors.js';
import { CallQueue } from '../../compiler/run/call-queue.js';
import type { Arrow, Card } from './drawing.js';

export type Point = readonly [x: number, y: number];

/** Places in pixels, y downwards. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Of each card. */
  readonly centres: readonly Point[];
  /** Start and three points for each cubic Bezier curve. */
  readonly curves: readonly { readonly from: number; readonly to: number; readonly points: readonly Point[] }[];
}

/** Up to so many cards, arrows find a way round the cards and Graphviz tries long; beyond, they are straight. */
const MOST_ROUTED = 150;

/** Graphviz counts in inches of this many pixels. */
const PIXELS = 72;

/** Graphviz computes for up to seconds without a break, so that it has a thread of its own. Here is its whole program. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
require(workerData.library).instance().then((graphviz) =>
  parentPort.postMessage(workerData.sources.map((source) => graphviz.renderString(source, { format: 'plain' }))));
`;

/** What is to be placed: sizes in pixels, and arrows between them. */
export interface Boxes {
  readonly cards: readonly Pick<Card, 'width' | 'height'>[];
  readonly arrows: readonly Arrow[];
}

/** In the language of Graphviz, with numbers for names. */
function sourceOf({ cards, arrows }: Boxes): string {
  const inches = (pixels: number): string => (pixels / PIXELS).toFixed(4);
  const effort = cards.length > MOST_ROUTED ? ', splines=line, nslimit=1, nslimit1=1, mclimit=0.3' : '';
  return [
    `digraph { graph [rankdir=TB, ranksep=0.42, nodesep=0.28${effort}]; node [shape=box, fixedsize=true, label=""]; edge [dir=none];`,
    ...cards.map(({ width, height }, i) => `${i} [width=${inches(width)}, height=${inches(height)}];`),
    ...arrows.map(([from, to]) => `${from} -> ${to};`),
    '}',
  ].join('\n');
}

/** Reads the format `plain`: `graph scale width height`, `node name x y ...`, `edge tail head n x1 y1 ...`. */
function readPlain(text: string): Layout {
  const rows = text.split('\n').map((line) => line.split(' '));
  const [, , width, height] = rows[0]!.map(Number) as [number, number, number, number];
  const point = (x: string, y: string): Point => [Number(x) * PIXELS, (height - Number(y)) * PIXELS];
  const centres: Point[] = [];
  const curves: Layout['curves'][number][] = [];
  for (const [kind, ...fields] of rows) {
    if (kind === 'node') centres[Number(fields[0])] = point(fields[1]!, fields[2]!);
    if (kind !== 'edge') continue;
    const points = Array.from({ length: Number(fields[2]) }, (_, i) => point(fields[3 + 2 * i]!, fields[4 + 2 * i]!));
    curves.push({ from: Number(fields[0]), to: Number(fields[1]), points });
  }
  return { width: width * PIXELS, height: height * PIXELS, centres, curves };
}

function runThread(sources: readonly string[], cards: number, seconds: number): Promise<readonly string[]> {
  const library = createRequire(import.meta.url).resolve('@viz-js/viz');
  const thread = new Worker(THREAD, { eval: true, workerData: { library, sources } });
  return new Promise<readonly string[]>((resolve, reject) => {
    const timer = setTimeout(() => reject(graphTooLarge(cards, `laying them out took more than ${seconds} s`)), seconds * 1000);
    thread.once('message', resolve).once('error', reject).once('exit', () => {
      clearTimeout(timer);
      reject(new Error('internal: the layout thread ended without an answer'));
    });
  }).finally(() => thread.terminate());
}

export interface LayoutLimits {
  /** Longest time of one request. */
  readonly seconds: number;
  /** Most requests that wait for the one in hand. */
  readonly waiting: number;
}

/** Lays out one request at a time, whoever asks. */
export class LayoutQueue {
  private readonly queue = new CallQueue();
  private length = 0;

  constructor(private readonly limits: LayoutLimits) {}

  /** Places cards and arrows, from the top down. @throws graph-queue-full; graph-too-large where it takes too long */
  async layOut(drawings: readonly Boxes[]): Promise<Layout[]> {
    if (drawings.length === 0) return [];
    if (this.length > this.limits.waiting) throw graphQueueFull(this.limits.waiting);
    this.length += 1;
    try {
      const most = Math.max(...drawings.map(({ cards }) => cards.length));
      const texts = await this.queue.add(() => runThread(drawings.map(sourceOf), most, this.limits.seconds));
      return texts.map(readPlain);
    } finally {
      this.length -= 1;
    }
  }
}

/** Of this process. */
export const layouts = new LayoutQueue({ seconds: 20, waiting: 16 });
