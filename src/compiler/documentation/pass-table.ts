import { OPTIMISATION_LEVELS, type OptimisationLevel } from '../passes/level.js';
import { matmulTransposes } from '../passes/matmul-transposes.js';
import { optimise } from '../passes/optimise.js';
import { pipelines, type Phase } from '../passes/pipeline.js';
import { expression } from '../passes/rewriting/describe.js';
import { mergeRule } from '../passes/rewriting/equilibrium.js';
import type { RuleTitle } from '../passes/rewriting/recorder.js';
import type { Rule } from '../passes/rewriting/rule.js';
import { foldingRules, ruleFamilies } from '../passes/rules/index.js';
import { canonicalLeftSides, type LeftSide } from '../passes/testing/canonical-left-sides.js';
import { apply, graphOf } from '../passes/testing/graphs.js';
import { refusedLeftSides } from '../passes/testing/refused-left-sides.js';
import { specialLeftSides, stabilisingLeftSides } from '../passes/testing/special-left-sides.js';
import { cell, code, table } from './markdown.js';

const introduction = `# Passes and rules of the optimiser

What \`optimise\` does to a graph between tracing and lowering; [compiler.md](compiler.md) shows it on one program. \`CompileOptions.optimisation\`
chooses the level, default \`o4\`.

A phase of rules applies its rules to every node, operands first, until none fires: what a rule makes is offered to all rules again. Equal nodes are merged
on the way, a rule that fires more than ten times for each node of the graph (at least 100 times) rests, and rules that undo each other are stopped;
both leave a note in the report. A pass looks at the whole graph. After each phase and pass the graph is verified.

This page is written by \`npm run docs:compiler\` from the rules and the graphs that test them; a spec compares it.
`;

const levelText: Readonly<Record<OptimisationLevel, string>> = {
  none: 'the graph as traced',
  o1: 'what changes no value: equal nodes, constants',
  o2: 'one form for what can be written in many, fewer and smaller operations, fewer transposes',
  o3: 'also numbers where the program as written overflows, cancels or divides 0 by 0, and special operations',
  o4: 'also fewer and larger matrix products; the default',
  stabilise: 'only the stabilising rules, for a program that is to stay as it is written otherwise',
  unsafe: 'as `o4`; rules may also drop operands that could be NaN or infinite, as in x * 0 -> 0',
};

const legend = `
- **values**: what a rule may change. *same* - nothing but the sign of a zero; *rounding* - the order of float32 roundings; *stable* - as rounding, and numbers come
  out where the unoptimised program gives NaN or infinity.
- **applies when**: the condition besides the shape of the left side; without one it always applies.
- **levels**: those whose phases hold the rule.
- **test**: the graph that \`rules.spec.ts\` runs the rule on, before and after all rules of \`o4\`, with both sides of every rewrite computed and compared. x, y and z
  are float32[2,3]. \`random-graphs.spec.ts\` combines these graphs at random into 1,500 larger ones.
- **refused**: a graph of that shape that the rule leaves alone, and the reason as the report gives it.
`;

const leftSides: Readonly<Record<string, LeftSide>> = { ...canonicalLeftSides, ...stabilisingLeftSides, ...specialLeftSides };

const holds = (phase: Phase, title: RuleTitle): boolean => ('rules' in phase ? title.name === mergeRule.name || phase.rules.some(({ name }) => name === title.name) : phase.rule.name === title.name);

const levelsOf = (title: RuleTitle): string => OPTIMISATION_LEVELS.filter((level) => pipelines[level].some((phase) => holds(phase, title))).join(' ');

/** Operations shown of both sides of a test. */
const SHOWN_DEPTH = 9;

/** Left sides longer than this are left to the spec. */
const MOST_CHARACTERS = 160;

function testOf({ name }: Rule): string {
  const before = apply(leftSides[name]!);
  const after = optimise(graphOf({ value: before })).graph.outputs['value']!;
  const [left, right] = [expression(before, SHOWN_DEPTH), expression(after, SHOWN_DEPTH)];
  return Math.max(left.length, right.length) > MOST_CHARACTERS ? 'too long to show' : `${code(left)} -> ${code(right)}`;
}

function refusalOf({ name }: Rule): string {
  const refused = refusedLeftSides[name];
  if (refused === undefined) return '';
  const refusals = optimise(graphOf({ value: apply(refused.left) })).report.refusals.filter(({ rule }) => rule === name);
  return refusals.slice(0, 1).map(({ node, reason }) => `${code(node)}: ${cell(reason)}`).join('');
}

const ruleRow = (rule: Rule): string[] =>
  [`\`${rule.name}\``, code(rule.equation), rule.values, cell(rule.guard ?? ''), levelsOf(rule), testOf(rule), refusalOf(rule)];

const rulesTable = (rules: readonly Rule[]): string => table(['rule', 'equation', 'values', 'applies when', 'levels', 'test', 'refused'], rules.map(ruleRow));

const passRow = (title: RuleTitle): string[] => [`\`${title.name}\``, code(title.equation), title.values, cell(title.guard ?? ''), levelsOf(title)];

/** Passes over whole graphs of any level, each once. */
function passRules(): RuleTitle[] {
  const passes = OPTIMISATION_LEVELS.flatMap((level) => pipelines[level].flatMap((phase) => ('rule' in phase ? [phase.rule] : [])));
  return [mergeRule, ...new Map(passes.map((rule) => [rule.name, rule])).values()];
}

function sections(): string[] {
  const inFolders = Object.entries(ruleFamilies).flatMap(([folder, families]) =>
    Object.entries(families).map(([file, rules]) => `### ${folder}/${file}\n\n${rulesTable(rules)}`));
  return [`### constant-folding\n\n${rulesTable(foldingRules)}`, ...inFolders, `### matmul-transposes\n\n${rulesTable(matmulTransposes)}`];
}

/** The page docs/compiler-passes.md: every level, pass and rule. */
export function passTable(): string {
  const levels = OPTIMISATION_LEVELS.map((level) => [`\`${level}\``, levelText[level], pipelines[level].map(({ name }) => name).join(', ')]);
  return `${introduction}
## Levels

${table(['level', 'does', 'phases and passes, in order'], levels)}

## Passes over whole graphs

Merging is part of every phase of rules. Their tests are \`passes.spec.ts\` and, on all contract rows and programs, \`optimise.spec.ts\`.

${table(['pass', 'equation', 'values', 'applies when', 'levels'], passRules().map(passRow))}

## Rules
${legend}
${sections().join('\n\n')}
`;
}
