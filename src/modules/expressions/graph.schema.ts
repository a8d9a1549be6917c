import { z } from 'zod';

const shape = z.array(z.int().nullable()).describe('Lengths; null where one depends on the call');
const dtype = z.enum(['float32', 'int32', 'bool']);
const site = z.string().optional().describe('line:column of the source');
const ids = z.record(z.string(), z.string());

const leaf = z.object({ id: z.string(), name: z.string(), dtype, shape });

const node = z.object({
  id: z.string().describe('As in the printed form'),
  op: z.string(),
  props: z.record(z.string(), z.unknown()).describe('Attributes of the operation; long values are cut'),
  in: z.array(z.string()).describe('Ids of the operands'),
  dtype, shape, site,
});

/** `GraphDescription` of the expressions, as a published schema. */
export const graphView = z
  .object({
    printed: z.string(),
    inputs: z.array(leaf),
    shared: z.array(leaf),
    nodes: z.array(node).describe('In the order of computation'),
    outputs: ids.describe('Id of the node of each output'),
    updates: ids.describe('Id of the new value of each updated variable'),
    formulas: z.object({ outputs: ids, updates: ids }),
  })
  .meta({ id: 'ExpressionGraph' });

const rewrite = z.object({ pass: z.string(), rule: z.string(), equation: z.string(), before: z.string(), after: z.string(), site });
const refusal = z.object({ rule: z.string(), equation: z.string(), node: z.string(), reason: z.string(), site });
const pass = z.object({ pass: z.string(), nodesBefore: z.int(), nodesAfter: z.int(), milliseconds: z.number(), rewrites: z.record(z.string(), z.int()) });

/** `OptimisationReport` of the compiler, as a published schema. */
export const optimisationView = z
  .object({
    level: z.string(),
    nodesBefore: z.int(),
    nodesAfter: z.int(),
    milliseconds: z.number(),
    passes: z.array(pass).describe('Nodes before and after each pass, and how often each rule replaced one'),
    rewrites: z.array(rewrite).describe('In order'),
    refusals: z.array(refusal).describe('Nodes that a rule was made for and left alone, with the reason'),
    notes: z.array(z.string()),
  })
  .meta({ id: 'OptimisationReport' });

export const graphsView = z.object({ before: graphView, after: graphView, report: optimisationView }).meta({ id: 'ExpressionGraphs' });

const times = { calls: z.int(), milliseconds: z.number().describe('Sum over the calls') };

/** `ProgramProfile` of the compiler, as a published schema. */
export const profileView = z
  .object({
    calls: z.int(),
    milliseconds: z.number().describe('Wall time of the calls; what is missing in the rows is between the kernels'),
    rows: z
      .array(
        z.object({
          name: z.string().describe('Letter of the node in the printed graph of its model'),
          op: z.string(), print: z.string(), site, ...times,
          bytes: z.int().describe('Of the results of one call'),
          includes: z.array(z.string()).describe('Nodes that its kernel computes too'),
        }),
      )
      .describe('Nodes of the graph that ran'),
    kernels: z.array(z.object({ updates: z.array(z.string()), operations: z.array(z.string()), ...times })).describe('What does not run on ONNX Runtime'),
    added: z.array(z.object({ operator: z.string(), ...times })).describe('Copies and changes of layout that the runtime added'),
  })
  .meta({ id: 'ExpressionProfile' });
