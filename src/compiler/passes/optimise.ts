import { topologicalOrder, type Graph } from '../graph/graph.js';
import { everyNode } from '../graph/loop.js';
import { verify } from '../graph/verify.js';
import { DEFAULT_LEVEL, type OptimisationLevel } from './level.js';
import { mapBodies } from './loops/index.js';
import { loopPhases, pipelines, type Phase } from './pipeline.js';
import type { OptimisationReport, PassReport } from './report.js';
import { Equilibrium, type Quiet } from './rewriting/equilibrium.js';
import { Interning } from './rewriting/interning.js';
import { Recorder, type RewriteListener } from './rewriting/recorder.js';
import { Rewriting } from './rewriting/rewriting.js';
import { drawLeaves, ValueCheck, type LeafValues } from './rewriting/value-check.js';

export interface OptimiseOptions {
  /** Default `o4`. */
  readonly level?: OptimisationLevel;
  /** Is shown the graph after every pass. */
  readonly debug?: (pass: string, graph: Graph) => void;
  /** Is told of every node that another one replaces, when it happens. */
  readonly onRewrite?: RewriteListener;
  /** `values` computes both sides of every rewrite and throws where they differ. Slow: for tests. */
  readonly check?: 'values';
  /** Leaves on which `check` computes; drawn from `seed` where left out. */
  readonly values?: LeafValues;
  /** Default 0. */
  readonly seed?: number | string;
}

export interface Optimised {
  readonly graph: Graph;
  /** Rewrites and refusals are printed when first read. */
  readonly report: OptimisationReport;
}

/** Those in bodies of loops included. */
const countNodes = (graph: Graph): number => everyNode(graph).length;

function listenerOf(graph: Graph, level: OptimisationLevel, { onRewrite, check, values, seed = 0 }: OptimiseOptions): RewriteListener | undefined {
  if (check === undefined) return onRewrite;
  const checked = new ValueCheck(graph, values ?? drawLeaves(graph, seed), level !== 'unsafe');
  return (rule, before, after) => {
    checked.compare(rule, before, after);
    onRewrite?.(rule, before, after);
  };
}

/** Runs phases on a graph, and first on the bodies of its loops, as graphs of their own. */
class PhaseRunner {
  private readonly interning = new Interning();
  private readonly quiet: Quiet = new Map();
  private readonly rewriting: Rewriting;
  readonly recorder: Recorder;

  constructor(graph: Graph, private readonly level: OptimisationLevel, private readonly options: OptimiseOptions) {
    this.rewriting = new Rewriting(level === 'unsafe');
    this.recorder = new Recorder(listenerOf(graph, level, options));
  }

  run(phase: Phase, graph: Graph, interning = this.interning): Graph {
    const { recorder, rewriting, quiet } = this;
    const current = mapBodies(graph, (body) => recorder.within(this.bodyListener(body), () => this.run(phase, body, new Interning())));
    return 'run' in phase ? phase.run(current, recorder.rewrote) : new Equilibrium(phase.name, phase.rules, interning, rewriting, recorder, quiet).run(current);
  }

  /** Bodies are checked on values drawn for their leaves. */
  private bodyListener(body: Graph): RewriteListener | undefined {
    const { onRewrite, check, seed } = this.options;
    return listenerOf(body, this.level, { ...(onRewrite && { onRewrite }), ...(check && { check }), ...(seed !== undefined && { seed }) });
  }
}

/**
 * The graph after all passes of a level, verified after each, and what they did. Same leaves and results; values differ
 * as the rules say, docs/compiler-passes.md.
 * @throws Error starting with `internal:` if a rule breaks the graph, or with `check` if it changes a value.
 */
export function optimise(graph: Graph, options: OptimiseOptions = {}): Optimised {
  const { level = DEFAULT_LEVEL, debug } = options;
  const runner = new PhaseRunner(graph, level, options);
  const { recorder } = runner;
  const hasLoops = topologicalOrder(graph).some(({ op }) => op === 'scan');
  const started = performance.now();
  const passes: PassReport[] = [];
  let current = graph;
  let nodes = countNodes(graph);
  const nodesBefore = nodes;
  for (const phase of pipelines[level].filter((each) => hasLoops || !loopPhases.has(each))) {
    const begun = performance.now();
    recorder.begin(phase.name);
    current = runner.run(phase, current);
    verify(current, `after ${phase.name}`);
    const nodesAfter = countNodes(current);
    passes.push({ pass: phase.name, nodesBefore: nodes, nodesAfter, milliseconds: performance.now() - begun, rewrites: recorder.applied });
    nodes = nodesAfter;
    debug?.(phase.name, current);
  }
  const summary = { level, nodesBefore, nodesAfter: nodes, milliseconds: performance.now() - started, passes };
  return { graph: current, report: lazyReport(summary, recorder) };
}

type Printed = Pick<OptimisationReport, 'rewrites' | 'refusals' | 'notes'>;

/** Prints when it is read: printing thousands of rewrites takes longer than many a pass, and few read them. */
function lazyReport(summary: Omit<OptimisationReport, keyof Printed>, recorder: Recorder): OptimisationReport {
  let printed: Printed | undefined;
  const print = (): Printed => (printed ??= { rewrites: recorder.rewrites(), refusals: recorder.refusals(), notes: recorder.notes });
  return {
    ...summary,
    get rewrites() {
      return print().rewrites;
    },
    get refusals() {
      return print().refusals;
    },
    get notes() {
      return print().notes;
    },
  };
}
