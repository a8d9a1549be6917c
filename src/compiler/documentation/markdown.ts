/** Text of a table cell: `|` would end it. */
export const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Code in a table cell. */
export const code = (text: string): string => `\`${cell(text)}\``;

/** A table of cells that are Markdown already. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const fence = '```';

export const block = (language: string, text: string): string => `${fence}${language}\n${text.trimEnd()}\n${fence}`;

/**
 * A page with new text in its sections, each between `<!-- name -->` and `<!-- end of name -->`.
 * @throws Error starting with `internal:` if the page lacks a section.
 */
export function withSections(page: string, sections: Readonly<Record<string, string>>): string {
  let result = page;
  for (const [name, text] of Object.entries(sections)) {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [result.indexOf(begin), result.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`internal: the page has no marks '${begin}' and '${end}'`);
    result = `${result.slice(0, from + begin.length)}\n${text}\n${result.slice(to)}`;
  }
  return result;
}
