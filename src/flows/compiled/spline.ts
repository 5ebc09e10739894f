/**
 * The rational-quadratic spline (Durkan et al. 2019) of one coordinate that a layer bends, on a tile, and its
 * derivatives in closed form. The same map as bijections/rationalQuadratic.ts, which says more; here lanes run over
 * points, the search walks the bins once, and only the selected bin's numbers are kept for the way back.
 */
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import { i32, type I32 } from '../../engine/wasm/instructions.ts';
import type { Context } from './context.ts';
import { placeAt } from './places.ts';
import { bend } from './splineBend.ts';
import { differentiate } from './splineGradient.ts';
import { SplineWriter, type Box, type SplineKind } from './splineWriter.ts';

export class SplineCode {
  constructor(private readonly context: Context, private readonly kind: SplineKind) {}

  /**
   * Write the function (block, columns, logDet, entry): bends a column and adds log|derivative|.
   * @param keep what {@link backward} reads
   */
  forward(keep: boolean): FunctionBuilder {
    return this.overRow((write) => bend(write, keep));
  }

  /**
   * Write the function (block, columnGradients, logDetGradient, entry): from the gradients of the bent column and of
   * the log-determinant the gradient of the column before, in its place, and of the conditioner's outputs, in theirs.
   */
  backward(): FunctionBuilder {
    return this.overRow(differentiate);
  }

  /** A function of (block, columns, logDet, entry) that runs `body` for every vector of a row of points. */
  private overRow(body: (write: SplineWriter) => void): FunctionBuilder {
    const { module, lanes, tile } = this.context;
    return module.function(['i32', 'i32', 'i32', 'i32'], 'void', (f) => {
      const [block, columns, logDet, entry] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
      const place = placeAt(f, lanes, entry);
      const [raw, state] = [f.let(i32.add(block, place.offset('block'))), f.let(i32.add(block, place.offset('state')))];
      const column = f.let(i32.add(columns, place.offset('column')));
      const box: Box = { origin: place.float('origin'), range: place.float('range'), inverse: place.float('inverse') };
      f.for(i32.constant(0), i32.constant(tile * lanes.bytes), 16, (n) => {
        const at = (base: I32): I32 => f.let(i32.add(base, n));
        const addresses = { raw: at(raw), state: at(state), column: at(column), logDet: at(logDet) };
        body(new SplineWriter(f, this.context, this.kind, addresses, box));
      });
    });
  }
}
