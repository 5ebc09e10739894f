/**
 * Conditions that a formula makes and never uses. JavaScript takes any object for true, so `if (x.less(0))` and
 * `x.less(0) ? a : b` always go the first way, without a word; all that shows is that nothing else used the condition.
 */
import { InputError } from '../errors.ts';
import { userLine } from './userLine.ts';

/** Of the formula under way: conditions that nothing has used yet, and the stacks where they were made; else null. */
let unused: Map<object, string | undefined> | null = null;

/** A condition was made. @param array the jax-js array that holds it */
export function conditionMade(array: object): void {
  unused?.set(array, new Error('a condition').stack);
}

/** An array was given to a function, or one of its methods was called. */
export function arrayUsed(array: object): void {
  unused?.delete(array);
}

/**
 * What a formula gives. @param formula a user's
 * @param result the jax-js array behind what it gives, or whatever else it gave
 * @throws InputError when it makes a condition that neither anything else in it uses nor it returns
 */
export function withConditionsUsed<Result>(formula: () => Result, result: (value: Result) => unknown): Result {
  const around = unused;
  const own = new Map<object, string | undefined>();
  unused = own;
  try {
    const value = formula();
    const returned = result(value);
    for (const [array, stack] of own) {
      if (array === returned) continue;
      const line = userLine(stack);
      throw new InputError(
        `${line === null ? '' : `${line}: `}a condition is made here and used by nothing; an array in \`if\`, ` +
          '`? :`, `&&`, `||` or `!` always counts as true: choose with np.where(condition, a, b), combine with ' +
          'np.logicalAnd, np.logicalOr, np.logicalNot, or leave it out',
      );
    }
    return value;
  } finally {
    unused = around;
  }
}
