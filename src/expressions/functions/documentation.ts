import { signatureOf, type FunctionDefinition } from './definition.js';
import { functionFamilies } from './index.js';

/** Text of a table cell: `|` would end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const code = (text: string): string => `\`${cell(text.replace(/\s*\n\s*/g, ' '))}\``;

function row({ name, parameters, doc, example: [expression, value], gradient }: FunctionDefinition): string {
  const cells = [code(signatureOf(name, parameters)), cell(doc), gradient ? 'yes' : 'no', `${code(expression)} = ${code(value)}`];
  return `| ${cells.join(' | ')} |`;
}

const [BEGIN, END] = ['<!-- functions -->', '<!-- end of functions -->'];

/** A page with the table of functions between its two marks, whatever stood there. */
export function withFunctionTable(page: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`internal: the page has no marks '${BEGIN}' and '${END}'`);
  return `${page.slice(0, from + BEGIN.length)}\n${functionTable()}\n${page.slice(to)}`;
}

/** The functions of the language as Markdown, one table for each subject. */
export function functionTable(): string {
  const tables = Object.entries(functionFamilies).map(([title, functions]) =>
    [`### ${title}`, '', '| function | gives | gradient | example |', '|---|---|---|---|', ...functions.map(row)].join('\n'));
  return tables.join('\n\n');
}
