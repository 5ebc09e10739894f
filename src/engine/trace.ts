/**
 * From a function of arrays to a {@link Program}: jax-js traces it, nested jits are inlined, the simplifier tidies up.
 */
import * as jax from './jax.ts';
import { InputError } from '../errors.ts';
import { watchingArrays } from './arrayProxy.ts';
import { counted, type Array as NpArray } from './numpy.ts';
import { Emitter } from './expand/emitter.ts';
import { EXPANSIONS } from './expand/expand.ts';
import { simplify } from './simplify.ts';
import { userError } from './userLine.ts';
import type { Atom, Dtype, Parameters, Primitive, Program } from './program.ts';

/** Shape and kind of one argument of a traced function. */
export interface ArgumentSpec {
  readonly shape: readonly number[];
  readonly dtype?: 'float' | 'int32';
}

const SUPPORTED: ReadonlySet<string> = new Set<Primitive>([
  'add', 'mul', 'idiv', 'mod', 'min', 'max', 'neg', 'reciprocal', 'floor', 'ceil', 'sin', 'cos', 'asin', 'atan', 'exp',
  'log',
  'erf', 'erfc', 'sqrt', 'compare', 'where', 'cast', 'reduce', 'dot', 'concatenate', 'split', 'transpose', 'broadcast',
  'reshape', 'flip', 'shrink', 'pad',
]);

const dtypeOf = (dtype: string): Dtype => {
  if (dtype === 'float64' || dtype === 'float32' || dtype === 'float16') return 'float';
  if (dtype === 'int32' || dtype === 'uint32' || dtype === 'bool') return dtype;
  throw new InputError(`the engine has no arrays of kind ${dtype}`);
};

/** Primitives whose operands jax-js promotes to a common kind without saying so in the jaxpr, and where they start. */
const PROMOTED: ReadonlyMap<string, number> = new Map([
  ['add', 0], ['mul', 0], ['idiv', 0], ['mod', 0], ['min', 0], ['max', 0], ['compare', 0], ['dot', 0],
  ['concatenate', 0], ['where', 1],
]);
const PROMOTION: readonly Dtype[] = ['bool', 'uint32', 'int32', 'float'];

/** Factors in derivatives of erf and erfc, which jax-js rounds to float32. */
const ROUNDED: ReadonlyMap<number, number> = new Map(
  [2 / Math.sqrt(Math.PI), -2 / Math.sqrt(Math.PI)].map((factor) => [Math.fround(factor), factor])
);

type JaxVariable = jax.Jaxpr['inBinders'][number];
type JaxAtom = jax.Jaxpr['outs'][number];
type JaxEquation = jax.Jaxpr['eqns'][number];

/** Operands of one kind: the others get a cast. */
function promote(emitter: Emitter, primitive: string, inputs: readonly Atom[]): readonly Atom[] {
  const start = PROMOTED.get(primitive);
  if (start === undefined) return inputs;
  const dtype = PROMOTION[Math.max(...inputs.slice(start).map((atom) => PROMOTION.indexOf(atom.dtype)))];
  return inputs.map((atom, i) => (i < start ? atom : emitter.cast(atom, dtype)));
}

const unsupported = (primitive: string): string =>
  `the engine cannot run the primitive "${primitive}"; docs/numpy.md lists what can be used`;

/** Primitives that are something else, or nothing, in a {@link Program}. */
const ALONGSIDE: ReadonlySet<string> = new Set(['jit', 'stop_gradient']);

/** The first primitive among equations, nested ones included, that no executor has. */
function firstUnsupported(equations: readonly JaxEquation[]): string | null {
  for (const { primitive, params } of equations) {
    const name: string = primitive;
    const inner = name === 'jit' ? firstUnsupported((params as { jaxpr: jax.Jaxpr }).jaxpr.eqns) : null;
    if (inner !== null) return inner;
    if (!SUPPORTED.has(name) && !EXPANSIONS.has(name) && !ALONGSIDE.has(name)) return name;
  }
  return null;
}

/** What jax-js (pinned) knows of an array that it traces: the equations so far. */
interface Traced {
  readonly _trace?: { readonly main: { readonly globalData: { readonly eqns?: readonly JaxEquation[] } | null } };
}

/** `f` with an error at the user's own line where what it calls cannot be run. */
const refusing = (f: (...args: NpArray[]) => NpArray | NpArray[]) => (...args: NpArray[]): NpArray | NpArray[] => {
  let seen = 0;
  return watchingArrays((array) => {
    const equations = (array as unknown as Traced)._trace?.main.globalData?.eqns ?? [];
    const primitive = firstUnsupported(equations.slice(seen));
    if (primitive !== null) throw userError(unsupported(primitive));
    seen = Math.max(seen, equations.length);
  }, () => f(...args));
};

/** Collects the equations of a jaxpr, nested ones included, under fresh value numbers. */
class Inliner {
  constructor(private readonly emitter: Emitter) {}

  inline(jaxpr: jax.Jaxpr, inputs: readonly Atom[]): Atom[] {
    const environment = new Map<JaxVariable, Atom>();
    jaxpr.inBinders.forEach((variable, i) => environment.set(variable, inputs[i]));
    const read = (atom: JaxAtom): Atom => {
      if ('value' in atom) {
        const number = Number(atom.value);
        return { splat: ROUNDED.get(number) ?? number, shape: [], dtype: dtypeOf(atom.aval.dtype) };
      }
      const found = environment.get(atom);
      if (found === undefined) throw new Error('trace: a variable is used before it is bound');
      return found;
    };
    for (const equation of jaxpr.eqns) {
      const results = this.equation(equation, equation.inputs.map(read));
      equation.outBinders.forEach((variable, i) => environment.set(variable, results[i]));
    }
    return jaxpr.outs.map(read);
  }

  private equation({ primitive: name, params, outBinders }: JaxEquation, inputs: readonly Atom[]): readonly Atom[] {
    const { emitter } = this;
    const primitive: string = name;
    if (primitive === 'jit') return this.inline((params as { jaxpr: jax.Jaxpr }).jaxpr, inputs);
    if (primitive === 'stop_gradient') return inputs;
    const operands = promote(emitter, primitive, inputs);
    const parameters = parametersOf(primitive, params);
    const expand = EXPANSIONS.get(primitive);
    if (expand !== undefined) return expand(emitter, operands, parameters);
    if (!SUPPORTED.has(primitive)) throw new InputError(unsupported(primitive));
    const outputs = outBinders.map(({ aval }) => emitter.value(aval.shape, dtypeOf(aval.dtype)));
    return emitter.emit(primitive as Primitive, operands, parameters, outputs);
  }
}

function parametersOf(primitive: string, parameters: Readonly<Record<string, unknown>>): Parameters {
  const { axis, op, dtype, ...rest } = parameters as { axis?: number | number[]; op?: string; dtype?: string };
  return {
    ...(rest as Parameters),
    ...(axis === undefined ? {} : { axis: typeof axis === 'number' ? [axis] : axis }),
    ...(op === undefined ? {} : { op }),
    ...(primitive === 'cast' && dtype !== undefined ? { op: dtypeOf(dtype) } : {}),
  };
}

/**
 * Trace a function of arrays at given shapes.
 * @param f reference-free function; returns one array or a list of arrays
 * @throws InputError when it uses a primitive that the engine does not know
 */
export function trace(f: (...args: NpArray[]) => NpArray | NpArray[], specs: readonly ArgumentSpec[]): Program {
  const examples = specs.map(({ shape, dtype }) => jax.numpy.zeros(
    [...shape], { dtype: dtype === 'int32' ? jax.numpy.int32 : jax.numpy.float64 }
  ));
  const makeJaxpr = jax.makeJaxpr(counted(refusing(f)) as never) as unknown as (...args: unknown[]) =>
    { jaxpr: jax.ClosedJaxpr };
  const { jaxpr: closed } = makeJaxpr(...examples);
  const emitter = new Emitter();
  const { jaxpr, consts } = closed;
  const constants = consts.map((tracer, i) => {
    const array = tracer as jax.Array;
    const { shape, dtype: kind } = jaxpr.inBinders[i].aval;
    const raw = array.ref.dataSync() as unknown as ArrayLike<number>;
    const dtype = dtypeOf(kind);
    const data = dtype === 'float' ? Float64Array.from(raw)
      : dtype === 'uint32' ? Uint32Array.from(raw) : Int32Array.from(raw);
    return emitter.constant(data, shape, dtype);
  });
  const inputs =
    jaxpr.inBinders.slice(consts.length).map(({ aval }) => emitter.argument(aval.shape, dtypeOf(aval.dtype)));
  const outputs = new Inliner(emitter).inline(jaxpr, [...constants, ...inputs]);
  closed.dispose();
  return simplify({ inputs, constants: emitter.constants, equations: emitter.equations, outputs });
}
