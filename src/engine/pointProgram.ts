/**
 * The program of one point as kernels take it: written out number by number, where it is small, or as loops over its
 * arrays. The choice is by size and the same everywhere, so that all kernels compute the same.
 */
import { InputError } from '../errors.ts';
import { loopProgram, type LoopProgram } from './loops/module.ts';
import { operationCount, scalarOperations } from './loops/size.ts';
import { sizeOf, type Program } from './program.ts';
import type { ScalarNode, ScalarProgram } from './scalarProgram.ts';
import { unroll } from './unroll.ts';

export type PointProgram = ScalarProgram | LoopProgram;

/**
 * Up to so many operations on single numbers programs are written out: there is then no memory between operations, and
 * code that a processor's cache of instructions holds. Beyond, loops are faster, and are compiled in no time.
 */
const MOST_WRITTEN_OUT = 3000;
/** Numbers of all arrays together, beyond which neither memory nor time will do. */
const MOST_NUMBERS = 2 ** 28;

export const isLoops = (program: PointProgram): program is LoopProgram => 'schedule' in program;

/** What is read or known beforehand takes no work. */
const isWork = ({ op }: ScalarNode): boolean => op !== 'input' && op !== 'constant';

/** Operations on single numbers that a point takes. */
export const operationsOf = (program: PointProgram): number =>
  (isLoops(program) ? operationCount(program) : program.nodes.filter(isWork).length);

function checkSize(program: Program): void {
  const numbers = program.equations.reduce(
    (sum, { outputs }) => sum + outputs.reduce((own, { shape }) => own + sizeOf(shape), 0), 0
  );
  if (numbers <= MOST_NUMBERS) return;
  throw new InputError(
    `one point takes arrays of ${numbers.toPrecision(2)} numbers and ${scalarOperations(program).toPrecision(2)} `
      + `operations; ${MOST_NUMBERS.toPrecision(2)} numbers fit: sum over parts, or give \`sum\` with rows of data`
  );
}

/**
 * Programs of one function, all in the same form: in loops if one of them is too large to be written out.
 * @throws InputError for what is too large, or needs computed indices
 */
export function pointPrograms<Programs extends readonly Program[]>(
  ...programs: Programs
): { [K in keyof Programs]: PointProgram } {
  programs.forEach(checkSize);
  const large = programs.some((program) => scalarOperations(program) > MOST_WRITTEN_OUT);
  return programs.map((program) => (large ? loopProgram(program) : unroll(program))) as
    { [K in keyof Programs]: PointProgram };
}
