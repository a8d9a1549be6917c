/** The page that explains metrics and notes; headings of the same names are its anchors. */
export const GENERATOR_DOCUMENT = 'docs/generator-evaluation.md';

/** Link to one heading of the page. */
export function see(anchor: string): string {
  return `${GENERATOR_DOCUMENT}#${anchor}`;
}
