/** The page that explains metrics, flags and verdicts; headings of the same names are its anchors. */
export const DOCUMENT = 'docs/evaluation.md';

/** Link to one heading of the page. */
export function see(anchor: string): string {
  return `${DOCUMENT}#${anchor}`;
}
