import { creationFunctions } from './creation.functions.js';
import type { FunctionDefinition } from './definition.js';
import { derivativeFunctions } from './derivative.functions.js';
import { elementwiseFunctions } from './elementwise.functions.js';
import { imageFunctions } from './image.functions.js';
import { lookupFunctions } from './lookup.functions.js';
import { randomFunctions } from './random.functions.js';
import { recurrenceFunctions } from './recurrence.functions.js';
import { reductionFunctions } from './reduction.functions.js';
import { selectionFunctions } from './selection.functions.js';
import { shapeFunctions } from './shape.functions.js';

/** Functions of the language by subject, in the order of the documentation. */
export const functionFamilies: Readonly<Record<string, readonly FunctionDefinition[]>> = {
  'Element by element': elementwiseFunctions,
  'Choice and conversion': selectionFunctions,
  'Along axes': reductionFunctions,
  'Shape': shapeFunctions,
  'New tensors': creationFunctions,
  'Places': lookupFunctions,
  'Images': imageFunctions,
  'Random numbers': randomFunctions,
  'Recurrences': recurrenceFunctions,
  'Derivatives': derivativeFunctions,
};

/** Every function of the language, by name. */
export const languageFunctions: ReadonlyMap<string, FunctionDefinition> = new Map(
  Object.values(functionFamilies).flat().map((each) => [each.name, each]),
);
