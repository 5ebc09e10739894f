/**
 * Derivatives given by hand, exactly: jax-js alone has no custom derivatives, and its `stopGradient` goes on
 * differentiating what it stopped, with arrays of zeros. While jax-js differentiates, a value is a pair of primal and
 * tangent (its `JVPTracer`); here the two are taken apart and put together again.
 */
import { hold, release, type Array } from './arrayProxy.ts';
import { lax, np } from './numpy.ts';

/** What jax-js (pinned) keeps of a value under differentiation. */
interface Pair {
  readonly primal: object;
  readonly tangent: object;
  readonly _trace: object;
  readonly constructor: new (trace: object, primal: object, tangent: object) => object;
}

const isTracer = (value: unknown): value is object => typeof value === 'object' && value !== null && '_trace' in value;
const isPair = (value: unknown): value is Pair => isTracer(value) && 'primal' in value && 'tangent' in value;

/** Whether the value is differentiated, at this level or, seen through a partial evaluation, at one further out. */
function isDifferentiated(value: unknown): boolean {
  if (isPair(value)) return true;
  return isTracer(value) && 'pval' in value && isDifferentiated((value.pval as { readonly val: unknown }).val);
}

/** The value without its derivative: a constant for every differentiation around it. */
export function held(x: Array): Array {
  let inner = release(x);
  while (isPair(inner)) inner = inner.primal;
  return lax.stopGradient(hold(inner) as Array);
}

/**
 * A value with its derivative by `inputs`. Compute the value from {@link held} inputs.
 * @param change the change of the value made by changes of the inputs: linear, and built from held values. An input
 *   that does not depend on what is differentiated by changes by a zero of unit axes.
 */
export function withChange(value: Array, inputs: readonly Array[], change: (...changes: Array[]) => Array): Array {
  return withChanges([value], inputs, (...changes) => [change(...changes)])[0];
}

/** As {@link withChange}, for several values that share intermediate changes. */
export function withChanges(
  values: readonly Array[], inputs: readonly Array[], change: (...changes: Array[]) => Array[]
): Array[] {
  const tracers = inputs.map((input) => release(input));
  const pair = tracers.find(isPair);
  if (pair === undefined) {
    if (!tracers.some((tracer) => isTracer(tracer) && 'batchDim' in tracer)) return [...values];
    // Inside `batched`, what is differentiated is out of reach: let jax-js differentiate x − stop(x), which is zero.
    const zeros = change(...inputs.map((input) => input.sub(lax.stopGradient(input))));
    return values.map((value, k) => lax.stopGradient(value).add(zeros[k]));
  }
  if (isDifferentiated(pair.primal)) throw new Error('derivatives given by hand cannot be differentiated again');
  const changes = tracers.map(
    (tracer, i) => (isPair(tracer) ? (hold(tracer.tangent) as Array) : np.zeros(inputs[i].shape.map(() => 1)))
  );
  const tangents = change(...changes);
  return values.map(
    (value, k) =>
      hold(new pair.constructor(pair._trace, release(held(value)) as object, release(tangents[k]) as object)) as Array
  );
}
