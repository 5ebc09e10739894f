/** How large a program is, before anything is compiled. */
import { broadcastShapes, sizeOf, type Program } from '../program.ts';
import type { LoopProgram } from './module.ts';

const MOVES: ReadonlySet<string> = new Set([
  'transpose', 'broadcast', 'reshape', 'flip', 'shrink', 'split', 'gather', 'concatenate', 'pad',
]);

/** Operations on single numbers that a point takes if everything is written out. */
export function scalarOperations({ equations }: Program): number {
  return equations.reduce((sum, { primitive, inputs, outputs }) => {
    if (MOVES.has(primitive)) return sum;
    if (primitive === 'dot') return sum + 2 * sizeOf(broadcastShapes(...inputs.map(({ shape }) => shape)));
    const entries = primitive === 'reduce' ? inputs[0] : outputs[0];
    return sum + sizeOf(entries.shape);
  }, 0);
}

/** Operations on single numbers that a point takes in loops. */
export function operationCount({ list: { operations } }: LoopProgram): number {
  return operations.reduce((sum, operation) => sum
    + operation.domain * (operation.kind === 'product' ? 2 * operation.length : 1), 0);
}
