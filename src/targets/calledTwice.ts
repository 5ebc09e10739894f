/** Functions of plain numbers that a user writes (observables, projections, modes), tried at a point. */
import { InputError, reasonOf } from '../errors.ts';
import { shown, shownPoint } from './fields.ts';

type Function_ = (x: Float64Array) => unknown;

/**
 * What a function gives at a point. @param what whose it is: `target "mine": observable "x"`
 * @param of where the point is from: `its base` @throws InputError where it throws
 */
export function called(what: string, f: Function_, point: Float64Array, of: string): unknown {
  try {
    return f(point);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${what}: ${error.message}`, { cause: error });
    const where = `at the point ${shownPoint(point)} of ${of}`;
    throw new InputError(`${what} throws ${where}: ${reasonOf(error)}`, { cause: error });
  }
}

/** As {@link called}, if it gives the same again and leaves the point as it is. @throws InputError where it does not */
export function calledTwice(what: string, f: Function_, point: Float64Array, of: string): unknown {
  const [x, copy] = [point.slice(), point.slice()];
  const value = called(what, f, x, of);
  const again = called(what, f, copy, of);
  const at = `at the point ${shownPoint(point)} of ${of}`;
  const changed = x.findIndex((entry, j) => !Object.is(entry, point[j]));
  if (changed >= 0) {
    throw new InputError(`${what} changes coordinate ${changed} of the point that it is given, ${at}; copy it first`);
  }
  if (Object.is(value, again)) return value;
  throw new InputError(
    `${what} is ${shown(value)} and then ${shown(again)} ${at}; it must depend on the point alone, ` +
      'not on Math.random(), a clock or a variable that changes',
  );
}
