/** Markup that is safe to put into a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | null | undefined | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for element content and quoted attribute values. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

function render(part: Part): string {
  if (part === null || part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escape(String(part));
  return part.map(render).join('');
}

/** Builds markup; every inserted value is escaped unless it is `Html` itself. Lists are joined, null gives nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, literal, i) => text + literal + (i < parts.length ? render(parts[i]) : ''), ''));
}

/** Our own SVG inside a page: without the namespace declarations that standalone documents need. */
export function inlineSvg(svg: string, label: string): Html {
  const start = svg.replace(/ xmlns(:xlink)?="[^"]*"/g, '').replace('<svg', `<svg role="img" aria-label="${escape(label)}"`);
  return new Html(start);
}
