/**
 * From a function of arrays to a {@link Program}: jax-js traces it, nested jits are inlined, the simplifier tidies up.
 */
import * as jax from './jax.ts';
import { InputError } from '../errors.ts';
import { counted, type Array as NpArray } from './numpy.ts';
import { simplify } from './simplify.ts';
import type { Atom, Constant, Dtype, Equation, Parameters, Primitive, Program, Value } from './program.ts';

/** Shape and kind of one argument of a traced function. */
export interface ArgumentSpec {
  readonly shape: readonly number[];
  readonly dtype?: 'float' | 'int32';
}

const SUPPORTED: ReadonlySet<string> = new Set<Primitive>([
  'add', 'mul', 'idiv', 'mod', 'min', 'max', 'neg', 'reciprocal', 'floor', 'ceil', 'sin', 'cos', 'asin', 'atan', 'exp',
  'log',
  'erf', 'erfc', 'sqrt', 'compare', 'where', 'cast', 'reduce', 'dot', 'concatenate', 'split', 'gather', 'transpose',
  'broadcast',
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

type JaxVariable = jax.Jaxpr['inBinders'][number];
type JaxAtom = jax.Jaxpr['outs'][number];

/** Collects the equations of a jaxpr, nested ones included, under fresh value numbers. */
class Inliner {
  readonly equations: Equation[] = [];
  private next = 0;

  value(shape: readonly number[], dtype: string): Value {
    return { id: this.next++, shape: [...shape], dtype: dtypeOf(dtype) };
  }

  /** Operands of one kind: the others get a cast. */
  private promote(primitive: string, inputs: Atom[]): Atom[] {
    const start = PROMOTED.get(primitive);
    if (start === undefined) return inputs;
    const dtype = PROMOTION[Math.max(...inputs.slice(start).map((atom) => PROMOTION.indexOf(atom.dtype)))];
    return inputs.map((atom, i) => {
      if (i < start || atom.dtype === dtype) return atom;
      const output: Value = { id: this.next++, shape: atom.shape, dtype };
      this.equations.push({ primitive: 'cast', inputs: [atom], parameters: { op: dtype }, outputs: [output] });
      return output;
    });
  }

  inline(jaxpr: jax.Jaxpr, inputs: readonly Atom[]): Atom[] {
    const environment = new Map<JaxVariable, Atom>();
    jaxpr.inBinders.forEach((variable, i) => environment.set(variable, inputs[i]));
    const read = (atom: JaxAtom): Atom => {
      if ('value' in atom) return { splat: Number(atom.value), shape: [], dtype: dtypeOf(atom.aval.dtype) };
      const found = environment.get(atom);
      if (found === undefined) throw new Error('trace: a variable is used before it is bound');
      return found;
    };
    for (const equation of jaxpr.eqns) {
      const arguments_ = equation.inputs.map(read);
      const primitive: string = equation.primitive;
      let results: Atom[];
      if (primitive === 'jit') {
        results = this.inline((equation.params as { jaxpr: jax.Jaxpr }).jaxpr, arguments_);
      } else if (primitive === 'stop_gradient') {
        results = arguments_;
      } else if (SUPPORTED.has(primitive)) {
        const outputs = equation.outBinders.map((variable) => this.value(variable.aval.shape, variable.aval.dtype));
        this.equations.push({
          primitive: primitive as Primitive, inputs: this.promote(primitive, arguments_),
          parameters: parametersOf(primitive, equation.params), outputs
        });
        results = outputs;
      } else {
        throw new InputError(
          `the engine cannot run the primitive "${primitive}"; it runs ${[...SUPPORTED].join(', ')}`
        );
      }
      equation.outBinders.forEach((variable, i) => environment.set(variable, results[i]));
    }
    return jaxpr.outs.map(read);
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
  const { jaxpr: closed } =
    (jax.makeJaxpr(counted(f) as never) as unknown as (...args: unknown[]) => { jaxpr: jax.ClosedJaxpr })(...examples);
  const inliner = new Inliner();
  const { jaxpr, consts } = closed;
  const constants: Constant[] = consts.map((tracer, i) => {
    const array = tracer as jax.Array;
    const variable = jaxpr.inBinders[i];
    const value = inliner.value(variable.aval.shape, variable.aval.dtype);
    const raw = array.ref.dataSync() as unknown as ArrayLike<number>;
    const data = value.dtype === 'float' ? Float64Array.from(raw)
      : value.dtype === 'uint32' ? Uint32Array.from(raw) : Int32Array.from(raw);
    return { value, data };
  });
  const inputs =
    jaxpr.inBinders.slice(consts.length).map((variable) => inliner.value(variable.aval.shape, variable.aval.dtype));
  const outputs = inliner.inline(jaxpr, [...constants.map(({ value }) => value), ...inputs]);
  closed.dispose();
  return simplify({ inputs, constants, equations: inliner.equations, outputs });
}
