/** The functions of one layer on a tile: forward, and back from gradients. Layers of one kind share them. */
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import { i32, v128 } from '../../engine/wasm/instructions.ts';
import type { Direction, Topology } from '../bijections/rationalQuadratic.ts';
import { TOPOLOGIES } from '../couplingFlow.ts';
import { conditioner, type Conditioner } from './conditioner.ts';
import type { Context } from './context.ts';
import { kindName, type LayerKind } from './layout.ts';
import { forEachPlace, placeAt } from './places.ts';
import { SplineCode } from './spline.ts';

/** What is made of a key when it is first asked for, and kept. */
function once<K, T>(nameOf: (key: K) => string, make: (key: K) => T): (key: K) => T {
  const made = new Map<string, T>();
  return (key) => {
    const name = nameOf(key);
    const found = made.get(name);
    if (found !== undefined) return found;
    const fresh = make(key);
    made.set(name, fresh);
    return fresh;
  };
}

/** The spline of each topology: all layers share it. */
interface Splines {
  readonly forward: (topology: Topology) => FunctionBuilder;
  readonly backward: (topology: Topology) => FunctionBuilder;
}

function splineFunctions(context: Context, direction: Direction, kind: LayerKind, keep: boolean): Splines {
  const { dimension, bins, coupling } = kind;
  const name = (topology: Topology): string => topology;
  const code = (topology: Topology): SplineCode =>
    new SplineCode(context, { dimension, bins, topology, direction, coupling });
  return {
    forward: once(name, (topology) => code(topology).forward(keep)),
    backward: once(name, (topology) => code(topology).backward()),
  };
}

export interface LayerSteps {
  /** (block, columns, logDet, weights, table): the columns after the layer follow those before it. */
  readonly forward: (kind: LayerKind) => FunctionBuilder;
  /** (block, columns, weights, table, gradient, columnGradients, logDetGradient). */
  readonly backward: (kind: LayerKind) => FunctionBuilder;
}

/** Both directions, which share their conditioners. @param kinds of all layers */
export function layerSteps(
  context: Context, kinds: readonly LayerKind[], withGradient: boolean,
): Record<Direction, LayerSteps> {
  const conditionerOf = once(kindName, (kind: LayerKind) => conditioner(context, kind, withGradient));
  const of = (direction: Direction): LayerSteps => {
    const splines = splineFunctions(context, direction, kinds[0], withGradient);
    const forward = once(kindName, (kind: LayerKind) => forwardStep(context, kind, conditionerOf(kind), splines));
    const backward = once(kindName, (kind: LayerKind) => backwardStep(context, kind, conditionerOf(kind), splines));
    // Functions are written before those that call them.
    for (const kind of kinds) {
      forward(kind);
      if (withGradient) backward(kind);
    }
    return { forward, backward };
  };
  return { forward: of('forward'), inverse: of('inverse') };
}

const bentTopologies = ({ bent }: LayerKind): Topology[] => TOPOLOGIES.filter((topology) => bent[topology] > 0);

function forwardStep(context: Context, kind: LayerKind, { forward }: Conditioner, splines: Splines): FunctionBuilder {
  const { module, lanes, tile } = context;
  const row = tile * lanes.bytes;
  const bends = bentTopologies(kind).map((topology) => ({ topology, bend: splines.forward(topology) }));
  return module.function(new Array<'i32'>(5).fill('i32'), 'void', (f) => {
    const [block, columns, logDet, weights, table] = [0, 1, 2, 3, 4].map((k) => f.parameter(k, 'i32').get);
    f.do(f.call(forward, 'void', block, columns, weights, table));
    for (const { topology, bend } of bends) {
      forEachPlace(f, kind, 'bent', topology, table, (entry) => {
        f.do(f.call(bend, 'void', block, columns, logDet, entry));
      });
    }
    for (const topology of TOPOLOGIES) {
      forEachPlace(f, kind, 'seen', topology, table, (entry) => {
        const column = f.let(i32.add(columns, placeAt(f, lanes, entry).offset('column')));
        f.for(i32.constant(0), i32.constant(row), 16, (n) => {
          const at = f.let(i32.add(column, n));
          f.do(v128.store(at, v128.load(at), kind.dimension * row));
        });
      });
    }
  });
}

function backwardStep(context: Context, kind: LayerKind, { backward }: Conditioner, splines: Splines): FunctionBuilder {
  if (backward === null) throw new Error('flow: its code has no gradient');
  const bends = bentTopologies(kind).map((topology) => ({ topology, straighten: splines.backward(topology) }));
  return context.module.function(new Array<'i32'>(7).fill('i32'), 'void', (f) => {
    const [block, columns, weights, table, gradient, columnGradients, logDetGradient] =
      [0, 1, 2, 3, 4, 5, 6].map((k) => f.parameter(k, 'i32').get);
    for (const { topology, straighten } of bends) {
      forEachPlace(f, kind, 'bent', topology, table, (entry) => {
        f.do(f.call(straighten, 'void', block, columnGradients, logDetGradient, entry));
      });
    }
    f.do(f.call(backward, 'void', block, columns, weights, table, gradient, columnGradients));
  });
}
