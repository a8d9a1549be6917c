import Table from 'cli-table3';

/** What each verdict says, in one line. */
const MEANING = {
  supported: 'every required kind of attack ran and no check objected; still an upper bound on the true robustness, not a proof.',
  inconclusive: 'these attacks do not show how robust the models are: a stronger attack may break what these did not.',
  overestimated: 'a check found the reported robustness to be higher than the true one.',
};

const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;

/**
 * Accuracy under attack: a row for each epsilon, a column for each model, with the 95 % interval.
 * @param {any} report
 * @returns {string}
 */
export function robustnessTable({ header, results }) {
  const table = new Table({ head: ['epsilon', ...header.models.map((/** @type {any} */ model) => model.name)], style: { head: [], border: [] } });
  results[0].robustness.forEach((/** @type {any} */ { epsilon }, /** @type {number} */ row) => {
    const cells = results.map((/** @type {any} */ { robustness }) => {
      const { value, low, high } = robustness[row].worstCase;
      return `${percent(value)}  (${percent(low)} to ${percent(high)})`;
    });
    table.push([epsilon.toFixed(4), ...cells]);
  });
  return table.toString();
}

/**
 * Accuracy and calibration without an attack: a row for each model.
 * @param {any} report
 * @returns {string}
 */
export function cleanTable({ header, results }) {
  const table = new Table({ head: ['without attack', 'accuracy', 'NLL (nats)', 'ECE (15 bins)'], style: { head: [], border: [] } });
  results.forEach((/** @type {any} */ { clean }, /** @type {number} */ i) => {
    table.push([header.models[i].name, percent(clean.accuracy.value), clean.nll.toFixed(3), clean.calibration.ece.toFixed(3)]);
  });
  return table.toString();
}

/** @param {keyof typeof MEANING} verdict @returns {string} */
export function verdictLine(verdict) {
  return `Verdict: ${verdict} - ${MEANING[verdict]}`;
}
