/** What is made of an array where JavaScript, or a reader, wants a number or text. */
import * as jax from './jax.ts';
import { insteadOfBuiltIn } from './suggestions.ts';
import { userError } from './userLine.ts';

/** Whether the numbers are there: not in arrays that are traced. */
export const isConcrete = (array: jax.Array): boolean => array instanceof jax.Array;

/** Numbers of an array that are shown. */
const MOST_SHOWN = 100;

/** What util.inspect and console.log show: kind and shape, and the numbers where they are known. */
export function described(array: jax.Array): string {
  const kind = `${array.dtype} array of shape [${array.shape.join(', ')}]`;
  if (!isConcrete(array)) return `${kind}, traced`;
  return array.size > MOST_SHOWN ? kind : `${kind} ${JSON.stringify(array.ref.js())}`;
}

/**
 * What an array becomes where JavaScript wants a number or text: one known number is that number.
 * @param hint of `Symbol.toPrimitive` @param builtIn the built-in function that asks, `Math.exp`; null for an operator
 * @throws InputError with the user's line and what to write instead, for any other array
 */
export function primitiveOf(array: jax.Array, hint: string, builtIn: string | null): unknown {
  if (isConcrete(array) && array.shape.length === 0) return array.ref.js();
  const got = `got an array of shape [${array.shape.join(', ')}]`;
  if (hint === 'string') {
    throw userError(
      `text and names of properties cannot be made of arrays, ${got}; ` +
        'console.log(x) shows what is known of one, and np.take(x, i) takes the entries that an array i names',
    );
  }
  if (builtIn !== null) {
    const instead = insteadOfBuiltIn(builtIn);
    throw userError(
      `${builtIn} takes numbers, ${got}; ${instead === null ? 'functions of np take arrays' : `write ${instead}`}`,
    );
  }
  if (hint === 'default') {
    throw userError(
      `the operators + and == take numbers, ${got}; write x.add(y), or np.where(x.equal(y), a, b) for a choice`,
    );
  }
  throw userError(
    `operators such as -, *, /, **, < and > take numbers, ${got}; write x.sub(y), x.mul(y), x.div(y), x.neg(), ` +
      'np.power(x, y), or np.where(x.less(y), a, b) for a choice',
  );
}
