/**
 * Derivatives given by hand, exactly: jax-js alone has no custom derivatives, and its `stopGradient` goes on
 * differentiating what it stopped, with arrays of zeros. While jax-js differentiates, a value is a pair of primal and
 * tangent (its `JVPTracer`); here the two are taken apart and put together again.
 */
import { arrayBehind, hold, release, type Array } from './arrayProxy.ts';
import { lax, np } from './numpy.ts';
import { userError } from './userLine.ts';

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

/** The value without its derivative, of the same shape: a constant for every differentiation around it. */
export function held(x: Array): Array {
  let inner = release(x);
  while (isPair(inner)) inner = inner.primal;
  return lax.stopGradient(hold(inner) as Array);
}

/**
 * A value with its derivative by `inputs`. Compute the value from {@link held} inputs: what else it was made from is
 * constant.
 * @param value of any shape
 * @param inputs a list of arrays, of any shapes
 * @param change the change of the value, given one array per input with its change, of the input's shape: linear in
 *   them, built from held values, and of the shape of the value or one that broadcasts to it. An input that does not
 *   depend on what is differentiated by changes by a zero, of unit axes.
 * @throws InputError when shapes do not fit, and when the derivative is differentiated again
 */
export function withChange(
  value: Array, inputs: readonly Array[], change: (...changes: Array[]) => Array
): Array {
  return changed('withChange', [value], inputs, (...changes) => [change(...changes)])[0];
}

/** As {@link withChange}, for several values that share intermediate changes: `change` returns a list of theirs. */
export function withChanges(
  values: readonly Array[], inputs: readonly Array[], change: (...changes: Array[]) => Array[]
): Array[] {
  return changed('withChanges', values, inputs, change);
}

type Change = (...changes: Array[]) => Array[];

function checkArrays(name: string, what: string, list: unknown): void {
  const wrong = globalThis.Array.isArray(list) ? list.findIndex((each) => arrayBehind(each) === null) : 0;
  if (wrong !== -1) throw userError(
    `${name} takes ${what} as ${name === 'withChange' && what === 'the value' ? 'an array' : 'a list of arrays'}`
  );
}

/** The changes of the values, of their shapes. */
function changesOf(name: string, values: readonly Array[], change: Change, changes: readonly Array[]): Array[] {
  const made: unknown = change(...changes);
  if (!globalThis.Array.isArray(made) || made.length !== values.length)
    throw userError(`${name}: the change must be a list of ${values.length}, one for every value`);
  return values.map(({ shape }, k) => {
    const each: unknown = made[k];
    if (arrayBehind(each) === null) throw userError(`${name}: the change of a value must be an array`);
    const own = each as Array;
    if (own.shape.length === shape.length && own.shape.every((n, axis) => n === shape[axis])) return own;
    const offset = shape.length - own.shape.length;
    if (offset < 0 || own.shape.some((n, axis) => n !== 1 && n !== shape[axis + offset])) throw userError(
      `${name}: the change of a value of shape [${shape.join(', ')}] has shape [${own.shape.join(', ')}]; it must ` +
        "have the value's, or broadcast to it"
    );
    return np.broadcastTo(own, shape);
  });
}

function changed(name: string, values: readonly Array[], inputs: readonly Array[], change: Change): Array[] {
  checkArrays(name, name === 'withChange' ? 'the value' : 'the values', values);
  checkArrays(name, 'its inputs', inputs);
  const tracers = inputs.map((input) => release(input));
  const pair = tracers.find(isPair);
  if (pair === undefined) {
    if (!tracers.some((tracer) => isTracer(tracer) && 'batchDim' in tracer)) return [...values];
    // Inside `batched`, what is differentiated is out of reach: let jax-js differentiate x − stop(x), which is zero.
    const zeros = changesOf(name, values, change, inputs.map((input) => input.sub(lax.stopGradient(input))));
    return values.map((value, k) => lax.stopGradient(value).add(zeros[k]));
  }
  if (isDifferentiated(pair.primal))
    throw userError(`${name}: derivatives given by hand cannot be differentiated again`);
  const changes = tracers.map(
    (tracer, i) => (isPair(tracer) ? (hold(tracer.tangent) as Array) : np.zeros(inputs[i].shape.map(() => 1)))
  );
  const tangents = changesOf(name, values, change, changes);
  return values.map(
    (value, k) =>
      hold(new pair.constructor(pair._trace, release(held(value)) as object, release(tangents[k]) as object)) as Array
  );
}
