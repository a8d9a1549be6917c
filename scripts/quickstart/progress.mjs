import cliProgress from 'cli-progress';
import { followJob } from './events.mjs';

/** Without a terminal, a line is written whenever this share of the steps has been done. */
const LINE_SHARE = 0.25;
const LABEL_WIDTH = 34;

/**
 * Where progress is shown.
 * @typedef {object} Display
 * @property {(step: number, total: number, note: string) => void} update
 * @property {(note: string) => void} end all steps are done
 * @property {() => void} close gives the terminal back, however the job ended; after `end` it does nothing
 */

/**
 * A bar that is drawn over itself.
 * @param {string} label
 * @returns {Display}
 */
function bar(label) {
  const drawn = new cliProgress.SingleBar(
    { format: `  ${label.padEnd(LABEL_WIDTH)} {bar} {percentage}%  {note}`, barsize: 24, hideCursor: true, gracefulExit: false },
    cliProgress.Presets.shades_classic,
  );
  drawn.start(1, 0, { note: 'waiting' });
  return {
    update: (step, total, note) => {
      drawn.setTotal(total);
      drawn.update(step, { note });
    },
    end: (note) => {
      drawn.update(drawn.getTotal(), { note });
      drawn.stop();
    },
    close: () => drawn.stop(),
  };
}

/**
 * Plain lines, for logs.
 * @param {string} label
 * @returns {Display}
 */
function plainLines(label) {
  let next = LINE_SHARE;
  return {
    update: (step, total, note) => {
      if (step >= total || step < next * total) return;
      console.log(`  ${label}: ${Math.floor((100 * step) / total)} %  ${note}`);
      while (step >= next * total) next += LINE_SHARE;
    },
    end: (note) => console.log(`  ${label}: done  ${note}`),
    close: () => undefined,
  };
}

/**
 * Shows a job from its event stream until it ends.
 * @param {import('./api.mjs').Api} api
 * @param {string} path of the job
 * @param {string} label
 * @returns {Promise<any>} the job, succeeded
 * @throws when it ends in another state, with the reason that the job gives
 */
export async function showJob(api, path, label) {
  const display = process.stdout.isTTY ? bar(label) : plainLines(label);
  const begun = performance.now();
  let note = '';
  try {
    const job = await followJob(api, path, ({ event, data }) => {
      if (event === 'metrics') note = lossOf(data.data) ?? note;
      if (event === 'progress') display.update(data.step, data.totalSteps, data.epoch === undefined ? note : `epochs done ${data.epoch}  ${note}`);
    });
    if (job.state !== 'succeeded') throw new Error(`${label}: the job ${job.id} is ${job.state}: ${job.error?.detail ?? 'no reason given'}`);
    display.end(`${((performance.now() - begun) / 1000).toFixed(1)} s  ${note}`);
    return job;
  } finally {
    display.close();
  }
}

/** @param {Record<string, number>} metrics @returns {string | undefined} the newest loss, training before validation */
function lossOf(metrics) {
  const name = Object.keys(metrics).find((key) => key === 'train/loss') ?? Object.keys(metrics).find((key) => key.endsWith('loss'));
  return name === undefined ? undefined : `${name} ${Number(metrics[name]).toFixed(3)}`;
}
