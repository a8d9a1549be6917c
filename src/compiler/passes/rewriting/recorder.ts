import type { Node } from '../../graph/graph.js';
import { MOST_RECORDS, type RefusalRecord, type RewriteRecord } from '../report.js';
import { expression } from './describe.js';
import type { Rule } from './rule.js';

/** What can be said of a rule or of a step of a pass. */
export type RuleTitle = Pick<Rule, 'name' | 'equation' | 'guard' | 'values'>;

/** Is told of each replacement when it happens. */
export type RewriteListener = (rule: RuleTitle, before: Node, after: Node) => void;

const siteOf = ({ site }: Node): { site?: string } => (site === undefined ? {} : { site });

/** Keeps what rules did and refused to do. Nodes are printed when the records are read. */
export class Recorder {
  private readonly rewritten: { readonly pass: string; readonly rule: RuleTitle; readonly before: Node; readonly after: Node }[] = [];
  private readonly refused = new Map<Node, Map<RuleTitle, string>>();
  private refusalCount = 0;
  private counts: Record<string, number> = {};
  private pass = '';
  readonly notes: string[] = [];

  /** @param listener is told of every replacement. */
  constructor(private listener?: RewriteListener) {}

  /** Tells `listener` of the replacements within `body`. */
  within<T>(listener: RewriteListener | undefined, body: () => T): T {
    const around = this.listener;
    this.listener = listener;
    try {
      return body();
    } finally {
      this.listener = around;
    }
  }

  begin(pass: string): void {
    this.pass = pass;
    this.counts = {};
  }

  /** How often each rule applied since the pass began. */
  get applied(): Readonly<Record<string, number>> {
    return this.counts;
  }

  readonly rewrote: RewriteListener = (rule, before, after) => {
    this.counts[rule.name] = (this.counts[rule.name] ?? 0) + 1;
    if (this.rewritten.length < MOST_RECORDS) this.rewritten.push({ pass: this.pass, rule, before, after });
    this.refused.get(before)?.delete(rule);
    this.listener?.(rule, before, after);
  };

  refuse(rule: RuleTitle, node: Node, reason: string): void {
    const known = this.refused.get(node);
    if (known?.has(rule) || this.refusalCount >= MOST_RECORDS) return;
    this.refusalCount++;
    if (known) known.set(rule, reason);
    else this.refused.set(node, new Map([[rule, reason]]));
  }

  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  rewrites(): RewriteRecord[] {
    return this.rewritten.map(({ pass, rule, before, after }) =>
      ({ pass, rule: rule.name, equation: rule.equation, before: expression(before), after: expression(after), ...siteOf(before) }));
  }

  /** Equal nodes of several rounds print alike and are one refusal. */
  refusals(): RefusalRecord[] {
    const records = new Map<string, RefusalRecord>();
    for (const [node, reasons] of this.refused) {
      const printed = expression(node);
      for (const [rule, reason] of reasons) {
        const record = { rule: rule.name, equation: rule.equation, node: printed, reason, ...siteOf(node) };
        records.set(JSON.stringify(record), record);
      }
    }
    return [...records.values()];
  }
}
