import type { Node } from '../../graph/graph.js';
import type { KernelCall } from '../kernel-rule.js';

const CHANNELS_FIRST = [0, 3, 1, 2]; // NHWC -> NCHW
const CHANNELS_LAST = [0, 2, 3, 1]; // NCHW -> NHWC

/** Whether the kernel's images already are NCHW. */
const isChannelsFirst = (call: KernelCall): boolean => call.attributes.dataFormat === 'NCHW';

/** An image operand as NCHW. */
export const toChannelsFirst = (call: KernelCall, image: Node): Node => (isChannelsFirst(call) ? image : call.transpose(image, CHANNELS_FIRST));

/** An NCHW result in the layout of the kernel. */
export const fromChannelsFirst = (call: KernelCall, image: Node): Node => (isChannelsFirst(call) ? image : call.transpose(image, CHANNELS_LAST));

/** The NCHW shape of an image that the kernel describes. */
export function channelsFirstShape(call: KernelCall, shape: readonly number[]): number[] {
  return isChannelsFirst(call) ? [...shape] : CHANNELS_FIRST.map((axis) => shape[axis]!);
}

/** The shape of an image in NHWC, as tfjs's geometry functions take it. */
export function channelsLastShape(call: KernelCall, shape: readonly number[]): [number, number, number, number] {
  return (isChannelsFirst(call) ? CHANNELS_LAST.map((axis) => shape[axis]!) : [...shape]) as [number, number, number, number];
}

/** What tfjs computes for convolutions and poolings alike. */
interface Geometry {
  readonly inHeight: number; readonly inWidth: number; readonly outHeight: number; readonly outWidth: number;
  readonly effectiveFilterHeight: number; readonly effectiveFilterWidth: number;
  readonly strideHeight: number; readonly strideWidth: number;
  readonly padInfo: { readonly top: number; readonly left: number; readonly bottom: number; readonly right: number };
}

/** Padding [top, left, bottom, right]; grown at the end where the rounding mode asks for one position more. */
export function padsOf(g: Geometry): [number, number, number, number] {
  const reach = (out: number, stride: number, window: number, length: number, before: number): number => (out - 1) * stride + window - length - before;
  return [
    g.padInfo.top, g.padInfo.left,
    Math.max(g.padInfo.bottom, reach(g.outHeight, g.strideHeight, g.effectiveFilterHeight, g.inHeight, g.padInfo.top)),
    Math.max(g.padInfo.right, reach(g.outWidth, g.strideWidth, g.effectiveFilterWidth, g.inWidth, g.padInfo.left)),
  ];
}
