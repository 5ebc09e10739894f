/**
 * Tidy a {@link Program}: constant folding, algebraic identities, common subexpressions, dead code. Values of float
 * splats are assumed finite, so `0 · x = 0`; that removes what differentiating constants leaves.
 */
import { foldElementwise } from './fold.ts';
import { integerPower } from '../numerics/power.ts';
import {
  isSplat, sizeOf, type Atom, type Equation, type Parameters, type Primitive, type Program, type Splat, type Value
} from './program.ts';

const COMMUTATIVE: ReadonlySet<Primitive> = new Set(['add', 'mul', 'min', 'max']);
const SHAPE_ONLY: ReadonlySet<Primitive> = new Set(['broadcast', 'reshape', 'transpose', 'shrink', 'flip']);

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);
const isNumber = (atom: Atom, number: number): atom is Splat => isSplat(atom) && atom.splat === number;

class Simplifier {
  readonly equations: Equation[] = [];
  private readonly definitions = new Map<number, Equation>();
  private readonly known = new Map<string, readonly Value[]>();
  private readonly renamed = new Map<number, Atom>();
  private next: number;

  constructor(private readonly program: Program) {
    this.next =
      1 + Math.max(-1, ...program.inputs.map(({ id }) => id), ...program.constants.map(({ value }) => value.id),
      ...program.equations.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
  }

  run(): Program {
    const constants = this.program.constants.filter(({ value, data }) => {
      if (data.length === 0 || !data.every((entry) => entry === data[0])) return true;
      this.renamed.set(value.id, { splat: data[0], shape: value.shape, dtype: value.dtype });
      return false;
    });
    for (const { primitive, inputs, parameters, outputs } of this.program.equations) {
      const results = this.rewrite(primitive, inputs.map((atom) => this.resolve(atom)), parameters, outputs);
      outputs.forEach((value, i) => this.renamed.set(value.id, results[i]));
    }
    const outputs = this.program.outputs.map((atom) => this.resolve(atom));
    return withoutDeadCode(
      withFlatSplits({ inputs: this.program.inputs, constants, equations: this.equations, outputs })
    );
  }

  private resolve(atom: Atom): Atom {
    return isSplat(atom) ? atom : (this.renamed.get(atom.id) ?? atom);
  }

  private definition(atom: Atom, primitive: Primitive): Equation | undefined {
    if (isSplat(atom)) return undefined;
    const equation = this.definitions.get(atom.id);
    return equation?.primitive === primitive ? equation : undefined;
  }

  /** Emit an equation, or find the earlier one that computes the same. */
  private emit(
    primitive: Primitive, inputs: readonly Atom[], parameters: Parameters, outputs: readonly Value[]
  ): readonly Value[] {
    const names =
      inputs.map((atom) => (isSplat(atom) ? `${atom.splat}:${atom.dtype}[${atom.shape.join(',')}]` : `v${atom.id}`));
    if (COMMUTATIVE.has(primitive)) names.sort();
    const key = `${primitive} ${names.join(' ')} ${JSON.stringify(parameters)} `
      + `${outputs.map(({ shape, dtype }) => `${dtype}[${shape.join(',')}]`).join(' ')}`;
    const earlier = this.known.get(key);
    if (earlier !== undefined) return earlier;
    const equation = { primitive, inputs, parameters, outputs };
    this.equations.push(equation);
    for (const value of outputs) this.definitions.set(value.id, equation);
    this.known.set(key, outputs);
    return outputs;
  }

  /** A new equation of one output, itself simplified. */
  private derive(primitive: Primitive, inputs: readonly Atom[], parameters: Parameters, like: Value): Atom {
    return this.rewrite(primitive, inputs, parameters, [{ id: this.next++, shape: like.shape, dtype: like.dtype }])[0];
  }

  private rewrite(
    primitive: Primitive, inputs: readonly Atom[], parameters: Parameters, outputs: readonly Value[]
  ): readonly Atom[] {
    const folded = this.foldSplats(primitive, inputs, parameters, outputs);
    if (folded !== undefined) return folded;
    const output = outputs[0];
    if (outputs.length === 1) {
      const simpler = output.dtype === 'float' || SHAPE_ONLY.has(primitive) || primitive === 'cast'
        ? this.identity(primitive, inputs, parameters, output)
        : undefined;
      // An identity may only replace a value of the same shape; otherwise it was a broadcast.
      if (simpler !== undefined) {
        if (isSplat(simpler)) return [{ ...simpler, shape: output.shape }];
        if (sameShape(simpler.shape, output.shape)) return [simpler];
      }
    }
    return this.emit(primitive, inputs, parameters, outputs);
  }

  private foldSplats(
    primitive: Primitive, inputs: readonly Atom[], parameters: Parameters, outputs: readonly Value[]
  ): Atom[] | undefined {
    const [first] = inputs;
    const all = inputs.every(isSplat);
    const filled = (splat: number): Atom[] => outputs.map(({ shape, dtype }) => ({ splat, shape, dtype }));
    if (!all) {
      const zero = inputs.some((atom) => isNumber(atom, 0));
      return zero && outputs[0].dtype === 'float' && (primitive === 'mul' || primitive === 'dot') ? filled(0)
        : undefined;
    }
    const splats = inputs.filter(isSplat);
    if (isSplat(first) && (SHAPE_ONLY.has(primitive) || primitive === 'split')) return filled(first.splat);
    if (primitive === 'pad') return splats[0].splat === 0 ? filled(0) : undefined;
    if (primitive === 'concatenate')
      return splats.every(({ splat }) => splat === splats[0].splat) ? filled(splats[0].splat) : undefined;
    if (primitive === 'dot') return filled(
      splats[0].splat * splats[1].splat * Math.max(splats[0].shape.at(-1) ?? 1, splats[1].shape.at(-1) ?? 1)
    );
    if (primitive === 'reduce') {
      const count = sizeOf(splats[0].shape) / sizeOf(outputs[0].shape);
      const { splat } = splats[0];
      const { op } = parameters;
      return filled(op === 'Add' ? splat * count : op === 'Mul' ? integerPower(splat, count) : splat);
    }
    const value = foldElementwise(primitive, splats.map(({ splat }) => splat), parameters, outputs[0].dtype);
    return value === undefined ? undefined : filled(value);
  }

  private identity(
    primitive: Primitive, inputs: readonly Atom[], parameters: Parameters, output: Value
  ): Atom | undefined {
    const [a, b] = inputs;
    switch (primitive) {
      case 'add': return this.add(a, b, output) ?? this.add(b, a, output);
      case 'sub': return this.subtract(a, b, output);
      case 'mul': return this.multiply(a, b, output) ?? this.multiply(b, a, output);
      case 'neg': return this.negate(a, output);
      case 'reciprocal': return this.logistic(a, output);
      case 'cast': return a.dtype === output.dtype ? a : undefined;
      case 'where': return this.choose(inputs, output);
      case 'reshape': return this.reshape(a, output);
      case 'broadcast': case 'shrink': return sameShape(a.shape, output.shape) ? a : undefined;
      case 'transpose': return this.transpose(a, parameters.perm ?? [], output);
      case 'concatenate': return this.concatenate(inputs, parameters, output);
      case 'max': case 'min': return a === b ? a : undefined;
      default: return undefined;
    }
  }

  private negate(a: Atom, output: Value): Atom | undefined {
    const inner = this.definition(a, 'neg');
    if (inner !== undefined) return inner.inputs[0];
    const difference = this.definition(a, 'sub');
    if (difference !== undefined) return this.derive('sub', [difference.inputs[1], difference.inputs[0]], {}, output);
    const scaled = this.definition(a, 'mul');
    const factor = scaled?.inputs.find(isSplat);
    if (scaled === undefined || factor === undefined) return undefined;
    const other = scaled.inputs.find((atom) => !isSplat(atom)) ?? factor;
    return this.derive('mul', [{ ...factor, splat: -factor.splat }, other], {}, output);
  }

  /** 1 / (1 + exp(−x)) is the logistic function. @param a what the reciprocal is taken of */
  private logistic(a: Atom, output: Value): Atom | undefined {
    const sum = this.definition(a, 'add');
    const exponential = sum?.inputs.some((atom) => isNumber(atom, 1)) === true
      ? sum.inputs.map((atom) => this.definition(atom, 'exp')).find((equation) => equation !== undefined)
      : undefined;
    const negated = exponential === undefined ? undefined : this.definition(exponential.inputs[0], 'neg');
    return negated === undefined ? undefined : this.derive('sigmoid', [negated.inputs[0]], {}, output);
  }

  private choose([condition, yes, no]: readonly Atom[], output: Value): Atom | undefined {
    if (isSplat(condition)) return condition.splat === 0 ? no : yes;
    if (isNumber(yes, 1) && isNumber(no, 0) && output.dtype === 'float' && sameShape(condition.shape, output.shape))
      return this.derive('cast', [condition], { op: 'float' }, output);
    return yes === no || (isSplat(yes) && isSplat(no) && yes.splat === no.splat) ? yes : undefined;
  }

  private reshape(a: Atom, output: Value): Atom | undefined {
    if (sameShape(a.shape, output.shape)) return a;
    const inner = this.definition(a, 'reshape');
    return inner === undefined ? undefined : this.derive('reshape', inner.inputs, { shape: output.shape }, output);
  }

  private transpose(a: Atom, perm: readonly number[], output: Value): Atom | undefined {
    if (perm.every((axis, i) => axis === i)) return a;
    const inner = this.definition(a, 'transpose');
    if (inner === undefined) return undefined;
    const both = perm.map((axis) => (inner.parameters.perm ?? [])[axis]);
    return this.derive('transpose', inner.inputs, { perm: both }, output);
  }

  /** jax-js joins no more than eight arrays at a time; joined parts of the same axis join in one go. */
  private concatenate(inputs: readonly Atom[], parameters: Parameters, output: Value): Atom | undefined {
    const [axis] = parameters.axis ?? [0];
    const joined = inputs.map((atom) => this.definition(atom, 'concatenate'))
      .map((part) => (part?.parameters.axis?.[0] === axis ? part : undefined));
    if (joined.every((part) => part === undefined)) return undefined;
    const parts = inputs.flatMap((atom, i) => joined[i]?.inputs ?? [atom]);
    return this.derive('concatenate', parts, { axis: [axis] }, output);
  }

  private add(a: Atom, b: Atom, output: Value): Atom | undefined {
    if (isNumber(b, 0)) return a;
    if (a === b && !isSplat(a)) return this.derive('mul', [a, { splat: 2, shape: [], dtype: 'float' }], {}, output);
    const negated = this.definition(b, 'neg');
    if (negated !== undefined) return this.derive('sub', [a, negated.inputs[0]], {}, output);
    if (isSplat(b)) {
      const inner = this.definition(a, 'add');
      const shift = inner?.inputs.find(isSplat);
      if (inner !== undefined && shift !== undefined) {
        return this.derive(
          'add', [inner.inputs.find((atom) => !isSplat(atom)) ?? shift, { ...b, splat: b.splat + shift.splat }], {},
          output
        );
      }
    }
    return this.mergeSegments(a, b, output);
  }

  private subtract(a: Atom, b: Atom, output: Value): Atom | undefined {
    if (isNumber(b, 0)) return a;
    if (a === b && !isSplat(a)) return { splat: 0, shape: output.shape, dtype: 'float' };
    if (isNumber(a, 0)) return sameShape(b.shape, output.shape) ? this.derive('neg', [b], {}, output) : undefined;
    const negated = this.definition(b, 'neg');
    return negated === undefined ? undefined : this.derive('add', [a, negated.inputs[0]], {}, output);
  }

  private multiply(a: Atom, b: Atom, output: Value): Atom | undefined {
    if (isNumber(b, 1)) return a;
    if (isNumber(b, -1)) return sameShape(a.shape, output.shape) ? this.derive('neg', [a], {}, output) : undefined;
    if (isSplat(b)) {
      const inner = this.definition(a, 'mul');
      const factor = inner?.inputs.find(isSplat);
      if (inner !== undefined && factor !== undefined) {
        return this.derive(
          'mul', [inner.inputs.find((atom) => !isSplat(atom)) ?? factor, { ...b, splat: b.splat * factor.splat }], {},
          output
        );
      }
      const negated = this.definition(a, 'neg');
      if (negated !== undefined) return this.derive('mul', [negated.inputs[0], { ...b, splat: -b.splat }], {}, output);
    }
    return undefined;
  }

  /** The pieces of a concatenation, or of a zero padding of one axis, with the axis. */
  private segments(atom: Atom): { axis: number; pieces: Atom[] } | undefined {
    const joined = this.definition(atom, 'concatenate');
    if (joined !== undefined) return { axis: joined.parameters.axis?.[0] ?? 0, pieces: [...joined.inputs] };
    const padded = this.definition(atom, 'pad');
    if (padded === undefined || isSplat(atom)) return undefined;
    const width = padded.parameters.width ?? [];
    const axes = width.flatMap(([before, after], axis) => (before !== 0 || after !== 0 ? [axis] : []));
    if (axes.length !== 1 || width.some(([before, after]) => before < 0 || after < 0)) return undefined;
    const axis = axes[0];
    const zeros = (length: number): Splat[] =>
      length === 0 ? [] : [{ splat: 0, dtype: 'float', shape: atom.shape.map((n, i) => (i === axis ? length : n)) }];
    return { axis, pieces: [...zeros(width[axis][0]), padded.inputs[0], ...zeros(width[axis][1])] };
  }

  /** The sum of two zero-padded arrays whose parts do not overlap is one concatenation: the gradient of slicing. */
  private mergeSegments(a: Atom, b: Atom, output: Value): Atom | undefined {
    const left = this.segments(a);
    const right = this.segments(b);
    if (left === undefined || right === undefined || left.axis !== right.axis || !sameShape(a.shape, b.shape))
      return undefined;
    const { axis } = left;
    const merged: Atom[] = [];
    const p = [...left.pieces];
    const q = [...right.pieces];
    while (p.length > 0 && q.length > 0) {
      const m = p[0].shape[axis];
      const n = q[0].shape[axis];
      if (m === n) {
        const [x, y] = [p[0], q[0]];
        p.shift();
        q.shift();
        if (isNumber(x, 0)) merged.push(y);
        else if (isNumber(y, 0)) merged.push(x);
        else return undefined;
        continue;
      }
      const [long, short] = m > n ? [p, q] : [q, p];
      const [whole, part] = [long[0], short[0]];
      if (!isNumber(whole, 0)) return undefined;
      const rest = whole.shape[axis] - part.shape[axis];
      merged.push(part);
      short.shift();
      long[0] = { ...whole, shape: whole.shape.map((size, i) => (i === axis ? rest : size)) };
    }
    return this.derive('concatenate', merged, { axis: [axis] }, output);
  }
}

/**
 * Splits of a split's part, where the part has no other use, become part of the first split: jax-js makes eight parts
 * at a time.
 */
function withFlatSplits(program: Program): Program {
  const uses = new Map<number, number>();
  for (const atom of [...program.equations.flatMap(({ inputs }) => inputs), ...program.outputs]) {
    if (!isSplat(atom)) uses.set(atom.id, (uses.get(atom.id) ?? 0) + 1);
  }
  const equations: Equation[] = [];
  /** Position of the split that a value is a part of. */
  const origin = new Map<number, number>();
  for (const equation of program.equations) {
    const [part] = equation.inputs;
    const id = equation.primitive === 'split' && !isSplat(part) && uses.get(part.id) === 1 ? part.id : undefined;
    const position = id === undefined ? undefined : origin.get(id);
    const first = position === undefined ? undefined : equations[position];
    if (position !== undefined && first !== undefined && first.parameters.axis?.[0] === equation.parameters.axis?.[0]) {
      const outputs = first.outputs.flatMap((value) => (value.id === id ? equation.outputs : [value]));
      const sizes = first.outputs.flatMap(
        (value, i) => (value.id === id ? (equation.parameters.sizes ?? []) : [(first.parameters.sizes ?? [])[i]])
      );
      equations[position] = { ...first, outputs, parameters: { ...first.parameters, sizes } };
      for (const output of equation.outputs) origin.set(output.id, position);
      continue;
    }
    if (equation.primitive === 'split') for (const output of equation.outputs) origin.set(output.id, equations.length);
    equations.push(equation);
  }
  return { ...program, equations };
}

function withoutDeadCode(program: Program): Program {
  const live = new Set<number>();
  const mark = (atom: Atom): void => { if (!isSplat(atom)) live.add(atom.id); };
  program.outputs.forEach(mark);
  const equations = [...program.equations].reverse().filter(({ inputs, outputs }) => {
    if (!outputs.some(({ id }) => live.has(id))) return false;
    inputs.forEach(mark);
    return true;
  }).reverse();
  return { ...program, constants: program.constants.filter(({ value }) => live.has(value.id)), equations };
}

/** An equivalent program with fewer equations. */
export function simplify(program: Program): Program {
  return new Simplifier(program).run();
}
