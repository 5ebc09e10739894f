/** Energies that are known by their values and gradients: tables, and programs in other languages. */
import { evaluatedView } from '../energies.ts';
import { knownKind } from './exact.ts';

export const evaluatedKind = knownKind('evaluated', ({ evaluator }) => evaluator !== undefined, evaluatedView);
