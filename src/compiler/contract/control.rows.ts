import * as tf from '@tensorflow/tfjs-core';
import { customGradient, ifElse, scan, stopGradient } from '../control/index.js';
import { floats, integers, row, type ContractRow } from './row.js';

type Matrix = tf.Tensor2D;

/** z = x W + h U + b, gates i, g, f, o; [T,B,X] -> the states h of all steps, [T,B,H] */
function lstm(x: tf.Tensor, wx: tf.Tensor, wh: tf.Tensor, b: tf.Tensor, first: tf.Tensor): tf.Tensor {
  return scan({
    sequences: { x }, initial: { h: first, c: tf.zerosLike(first) },
    body: ({ x: now }, { h, c }) => {
      const z = tf.add(tf.add(tf.matMul(now as Matrix, wx as Matrix), tf.matMul(h as Matrix, wh as Matrix)), b);
      const [i, g, f, o] = tf.split(z, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const cell = tf.add(tf.mul(tf.sigmoid(f), c!), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      const hidden = tf.mul(tf.sigmoid(o), tf.tanh(cell));
      return { states: { h: hidden, c: cell }, outputs: { h: hidden } };
    },
  }).outputs.h!;
}

/** The same network on joined operands [x, h], as many write it. */
function joinedLstm(x: tf.Tensor, w: tf.Tensor, b: tf.Tensor, first: tf.Tensor): tf.Tensor {
  return scan({
    sequences: { x }, initial: { h: first, c: tf.zerosLike(first) },
    body: ({ x: now }, { h, c }) => {
      const z = tf.add(tf.matMul(tf.concat([now!, h!], 1) as Matrix, w as Matrix), b);
      const [i, g, f, o] = tf.split(z, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const cell = tf.add(tf.mul(tf.sigmoid(f), c!), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      const hidden = tf.mul(tf.sigmoid(o), tf.tanh(cell));
      return { states: { h: hidden, c: cell }, outputs: { h: hidden } };
    },
  }).states.h!;
}

/** Cho et al. 2014 (arXiv:1406.1078): u and r gates, candidate from r * h; logits are put out by each step. */
function gru(x: tf.Tensor, w: tf.Tensor, u: tf.Tensor, candidate: tf.Tensor, out: tf.Tensor, first: tf.Tensor): tf.Tensor {
  return scan({
    sequences: { x }, initial: { h: first },
    body: ({ x: now }, { h }) => {
      const z = tf.matMul(now as Matrix, w);
      const [zu, zr, zc] = tf.split(z, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const [hu, hr] = tf.split(tf.matMul(h as Matrix, u as Matrix), 2, 1) as [tf.Tensor, tf.Tensor];
      const update = tf.sigmoid(tf.add(zu, hu));
      const proposal = tf.tanh(tf.add(zc, tf.matMul(tf.mul<Matrix>(tf.sigmoid(tf.add(zr, hr)), h!), candidate as Matrix)));
      const hidden = tf.add(tf.mul(update, h!), tf.mul(tf.sub(1, update), proposal));
      return { states: { h: hidden }, outputs: { logits: tf.matMul(hidden, out) } };
    },
  }).outputs.logits!;
}

const networks = [
  row('scan lstm', { x: floats([6, 3, 4]), wx: floats([4, 20], -0.5, 0.5), wh: floats([5, 20], -0.5, 0.5), b: floats([20], -0.2, 0.2), first: floats([3, 5]) },
    ({ x, wx, wh, b, first }) => lstm(x!, wx!, wh!, b!, first!)),
  row('scan lstm on joined operands', { x: floats([5, 3, 4]), w: floats([9, 20], -0.5, 0.5), b: floats([20], -0.2, 0.2), first: floats([3, 5]) },
    ({ x, w, b, first }) => joinedLstm(x!, w!, b!, first!)),
  row('scan gru', { x: floats([5, 3, 4]), w: floats([4, 15], -0.5, 0.5), u: floats([5, 10], -0.5, 0.5), c: floats([5, 5], -0.5, 0.5), out: floats([5, 2]), first: floats([3, 5]) },
    ({ x, w, u, c, out, first }) => gru(x!, w!, u!, c!, out!, first!)),
  row('scan of convolutions', { x: floats([5, 2, 5, 5, 3]), w: floats([3, 3, 3, 2], -0.5, 0.5), u: floats([3, 3, 2, 2], -0.5, 0.5) }, ({ x, w, u }) =>
    scan({
      sequences: { x: x! }, initial: { h: tf.zeros([2, 5, 5, 2]) },
      body: ({ x: now }, { h }) => {
        const both = tf.add(tf.conv2d(now as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'), tf.conv2d(h as tf.Tensor4D, u as tf.Tensor4D, 1, 'same'));
        return { states: { h: tf.tanh(both) } };
      },
    }).states.h!),
];

const loops = [
  row('scan powers', { a: floats([3]) }, ({ a }) =>
    scan({ steps: 5, initial: { power: tf.onesLike(a!) }, body: (_, { power }) => ({ states: { power: tf.mul(power!, a!) }, outputs: { power: power! } }) }).outputs.power!),
  row('scan cumulative sum, backwards', { x: floats([6, 2]), s: floats([2]) }, ({ x, s }) =>
    scan({ sequences: { x: x! }, initial: { s: s! }, backwards: true, body: ({ x: now }, { s: sum }) => {
      const next = tf.add(tf.mul(sum!, 0.7), now!);
      return { states: { s: next }, outputs: { next } };
    } }).outputs.next!),
  row('scan taps', { x: floats([8, 2]), h: floats([2, 2]), w: floats([2]) }, ({ x, h, w }) => {
    const { states, outputs } = scan({
      sequences: { x: { tensor: x!, taps: [-2, 0, 1] } }, initial: { h: { tensor: h!, taps: [-2, -1] } }, fixed: { w: w! },
      body: (slices, held, fixed) => {
        const next = tf.tanh(tf.add(tf.mul(slices['x[t-2]']!, held['h[t-1]']!), tf.sub(tf.mul(held['h[t-2]']!, fixed.w!), tf.mul(slices['x[t]']!, slices['x[t+1]']!))));
        return { states: { h: next }, outputs: { next, older: held['h[t-2]']! } };
      },
    });
    return tf.concat([outputs.next!, outputs.older!, tf.expandDims(states.h!, 0)]);
  }),
  row('scan nested', { x: floats([5, 6, 2]), w: floats([2]), s: floats([2]) }, ({ x, w, s }) =>
    scan({ sequences: { x: x! }, initial: { s: s! }, body: ({ x: rows }, { s: outer }) => {
      const { states, outputs } = scan({ sequences: { row: rows! }, initial: { inner: outer! }, body: ({ row: now }, { inner }) => {
        const next = tf.tanh(tf.add(tf.mul(inner!, w!), tf.mul(now!, outer!)));
        return { states: { inner: next }, outputs: { next } };
      } });
      return { states: { s: tf.add(states.inner!, tf.mean(outputs.next!, 0)) }, outputs: { all: outputs.next! } };
    } }).outputs.all!),
  row('scan with integers', { x: floats([5, 3]), ids: integers([5], 2, 0, 1, 2, 1), table: floats([3, 3]) }, ({ x, ids, table }) =>
    scan({ sequences: { x: x!, id: ids! }, initial: { s: tf.zeros([3]), count: tf.scalar(0, 'int32') }, body: ({ x: now, id }, { s, count }) => {
      const entry = tf.gather(table!, id!);
      const next = tf.add(tf.mul(tf.sin(s!), entry), tf.mul(now!, tf.cast(count!, 'float32')));
      return { states: { s: next, count: tf.add(count!, tf.scalar(1, 'int32')) }, outputs: { next, count: count! } };
    } }).outputs.next!),
  row('scan without states', { x: floats([5, 2, 3]), w: floats([3, 2]) }, ({ x, w }) =>
    scan({ sequences: { x: x! }, body: ({ x: now }) => ({ states: {}, outputs: { y: tf.softmax(tf.matMul(now as Matrix, w as Matrix)) } }) }).outputs.y!),
  row('scan until', { x: floats([6, 2], 0.5, 1), s: floats([2], 0.1, 0.2) }, ({ x, s }) => {
    const { states, outputs } = scan({ sequences: { x: x! }, initial: { s: s! }, until: ({ states: now }) => tf.greater(tf.sum(now.s!), 4),
      body: ({ x: now }, { s: sum }) => {
        const next = tf.add(sum!, tf.mul(now!, now!));
        return { states: { s: next }, outputs: { next } };
      } });
    return tf.concat([outputs.next!, tf.expandDims(states.s!, 0)]);
  }),
  row('scan until, backwards and without a gradient', { x: floats([6, 2], 0.5, 1), s: floats([2], 0.1, 0.2) }, ({ x, s }) => {
    const { states, outputs } = scan({ sequences: { x: x! }, initial: { s: s! }, backwards: true, until: ({ states: now }) => tf.greater(tf.sum(now.s!), 4),
      body: ({ x: now }, { s: sum }) => ({ states: { s: tf.add(sum!, now!) }, outputs: { big: tf.greater(sum!, now!), seen: tf.mul(now!, 2) } }) });
    return tf.concat([tf.cast(outputs.big!, 'float32'), outputs.seen!, tf.expandDims(states.s!, 0)]);
  }, false),
];

const gradients = [
  row('scan of few steps', { x: floats([3, 2]), s: floats([2]), w: floats([2, 2]) }, ({ x, s, w }) => {
    const { states, outputs } = scan({ sequences: { x: x! }, initial: { s: s! }, backwards: true, body: ({ x: now }, { s: sum }) => {
      const next = tf.tanh(tf.add(tf.dot(w!, sum!), now!));
      return { states: { s: next }, outputs: { next: tf.mul(next, now!) } };
    } });
    return tf.concat([outputs.next!, tf.expandDims(states.s!, 0)]);
  }),
  row('ifElse', { x: floats([2, 3]) }, ({ x }) => tf.log(ifElse(tf.greater(x!, 0), x!, tf.onesLike(x!)))),
  // not the derivatives of their values: engines agree, difference quotients do not
  row('stopGradient', { x: floats([2, 3]) }, ({ x }) => tf.mul(tf.square(x!), stopGradient(tf.exp(x!)))),
  row('customGradient', { x: floats([2, 3]) }, ({ x }) =>
    customGradient((y) => ({ value: tf.round(y), gradient: (dy, [operand], value) => [tf.mul(dy, tf.sub(operand!, value))] }))(tf.mul(x!, 3))),
  row('scan with customGradient and stopGradient', { x: floats([5, 2]), s: floats([2]) }, ({ x, s }) => {
    const straight = customGradient((y) => ({ value: tf.round(y), gradient: (dy) => [dy] }));
    return scan({ sequences: { x: x! }, initial: { s: s! }, body: ({ x: now }, { s: sum }) =>
      ({ states: { s: tf.add(straight(tf.mul(sum!, now!)), tf.mul(stopGradient(sum!), 0.5)) } }) }).states.s!;
  }),
  row('scan, truncated', { x: floats([11, 2]), s: floats([2]) }, ({ x, s }) =>
    scan({ sequences: { x: x! }, initial: { s: s! }, truncateGradient: 5, body: ({ x: now }, { s: sum }) => {
      const next = tf.add(tf.mul(sum!, now!), 0.3);
      return { states: { s: next }, outputs: { next } };
    } }).outputs.next!),
];

export const controlRows: readonly ContractRow[] = [...networks, ...loops, ...gradients];
