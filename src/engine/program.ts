/**
 * The engine's own small array program: what tracing produces and every executor runs. Single assignment,
 * static shapes, floats of one kind (executors choose float32 or float64).
 */
import { InputError } from '../errors.ts';

export type Dtype = 'float' | 'int32' | 'uint32' | 'bool';

/** The result of one equation, an input or a constant. */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** One number, standing for an array of any `shape` filled with it. */
export interface Splat {
  readonly splat: number;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

export type Atom = Value | Splat;

/** Primitive names: those of the jaxpr plus what the simplifier recognises (`sub`, `div`, `sigmoid`). */
export type Primitive =
  | 'add' | 'sub' | 'mul' | 'div' | 'idiv' | 'mod' | 'min' | 'max' | 'neg' | 'reciprocal' | 'floor' | 'ceil'
  | 'sin' | 'cos' | 'asin' | 'atan' | 'exp' | 'log' | 'erf' | 'erfc' | 'sqrt' | 'sigmoid'
  | 'compare' | 'where' | 'cast' | 'reduce' | 'dot' | 'concatenate' | 'split' | 'gather' | 'transpose' | 'broadcast'
  | 'reshape' | 'flip' | 'shrink' | 'pad';

export interface Parameters {
  readonly op?: string;
  readonly axis?: readonly number[];
  readonly shape?: readonly number[];
  readonly perm?: readonly number[];
  readonly slice?: readonly (readonly [number, number])[];
  readonly width?: readonly (readonly [number, number])[];
  readonly sizes?: readonly number[];
  readonly outDim?: number;
}

export interface Equation {
  readonly primitive: Primitive;
  readonly inputs: readonly Atom[];
  readonly parameters: Parameters;
  readonly outputs: readonly Value[];
}

export interface Constant {
  readonly value: Value;
  readonly data: Float64Array | Int32Array | Uint32Array;
}

export interface Program {
  readonly inputs: readonly Value[];
  readonly constants: readonly Constant[];
  readonly equations: readonly Equation[];
  readonly outputs: readonly Atom[];
}

export const isSplat = (atom: Atom): atom is Splat => 'splat' in atom;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** NumPy's broadcast of shapes. @throws InputError when they do not fit */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1;
    for (const shape of shapes) {
      const own = shape[axis - (rank - shape.length)] ?? 1;
      if (own !== 1 && size !== 1 && own !== size)
        throw new InputError(`shapes ${shapes.map((s) => `[${s.join(', ')}]`).join(' and ')} do not broadcast`);
      if (own !== 1) size = own;
    }
    return size;
  });
}

/** One line per equation, for reading and for tests. */
export function printProgram(program: Program): string {
  const name = (atom: Atom): string => (isSplat(atom) ? `${atom.splat}` : `v${atom.id}`);
  const type = (value: Value): string => `v${value.id}:${value.dtype}[${value.shape.join(',')}]`;
  return [
    `inputs ${program.inputs.map(type).join(' ')}`,
    ...program.constants.map(({ value }) => `const ${type(value)}`),
    ...program.equations.map(({ primitive, inputs, parameters, outputs }) =>
      `${outputs.map(type).join(' ')} = ${primitive} ${inputs.map(name).join(' ')} ${JSON.stringify(parameters)}`),
    `outputs ${program.outputs.map(name).join(' ')}`,
  ].join('\n');
}
