/**
 * The functions of {@link VectorMath} as functions of the module that are called, not written out where they are used:
 * the same bits, at the price of a call. Code with very many of them would take long to compile.
 */
import type { FunctionBuilder } from '../wasm/functionBuilder.ts';
import type { V128 } from '../wasm/instructions.ts';
import type { ModuleBuilder } from '../wasm/moduleBuilder.ts';
import type { Unary, VectorMath } from './vectorMath.ts';

type UnaryName = { [K in keyof VectorMath]: VectorMath[K] extends Unary ? K : never }[keyof VectorMath];

/** Each function becomes part of the module when it is first used. */
export function calledMath(module: ModuleBuilder, math: VectorMath): VectorMath {
  const made = new Map<string, FunctionBuilder>();
  const called = (
    name: string, operands: readonly V128[], write: (f: FunctionBuilder, ...given: readonly V128[]) => V128
  ): FunctionBuilder => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const f = module.function(operands.map(() => 'v128' as const), 'v128', (own) => {
      own.return(write(own, ...operands.map((_, k) => own.parameter(k, 'v128').get)));
    });
    made.set(name, f);
    return f;
  };
  const unary = (name: UnaryName): Unary => (f, x) =>
    f.call(called(name, [x], (own, given) => math[name](own, given)), 'v128', x);
  return {
    exp: unary('exp'), log: unary('log'), sin: unary('sin'), cos: unary('cos'), tanh: unary('tanh'),
    sigmoid: unary('sigmoid'), erf: unary('erf'), erfc: unary('erfc'), asin: unary('asin'), atan: unary('atan'),
    sqrt: math.sqrt,
    sinCos: (f, x) => {
      const angle = f.let(x);
      return { sin: unary('sin')(f, angle), cos: unary('cos')(f, angle) };
    },
    pow: (f, x, y) => f.call(called('pow', [x, y], (own, a, b) => math.pow(own, a, b)), 'v128', x, y),
  };
}
