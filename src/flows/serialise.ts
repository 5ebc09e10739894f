/** The flat parameter vector as named tensors, and back. */
import { InputError } from '../errors.ts';
import { parameterCount, parameterSlots, type Architecture } from './architecture.ts';

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** One tensor per weight and bias: `layer0.weight1`, … */
export function namedTensors(architecture: Architecture, parameters: Float32Array | Float64Array): NamedTensor[] {
  let start = 0;
  return parameterSlots(architecture).map(({ name, shape }) => {
    const size = shape.reduce((product, n) => product * n, 1);
    start += size;
    return { name, shape, data: parameters.slice(start - size, start) };
  });
}

/** @throws InputError when a tensor is missing or of another shape */
export function flatParameters<T extends Float32Array | Float64Array>(
  architecture: Architecture, empty: (length: number) => T,
  find: (name: string) => { readonly shape: readonly number[]; readonly data: ArrayLike<number> } | undefined,
): T {
  const flat = empty(parameterCount(architecture));
  let start = 0;
  for (const { name, shape } of parameterSlots(architecture)) {
    const tensor = find(name);
    if (tensor === undefined) throw new InputError(`flow: tensor ${name} is missing`);
    if (tensor.shape.length !== shape.length || tensor.shape.some((n, i) => n !== shape[i])) {
      throw new InputError(
        `flow: tensor ${name} has shape [${tensor.shape.join(', ')}], should be [${shape.join(', ')}]`
      );
    }
    flat.set(tensor.data, start);
    start += tensor.data.length;
  }
  return flat;
}
