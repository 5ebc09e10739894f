/** What jax-js's functions take and give, where that matters to us. */

const words = (...lines: readonly string[]): string[] => lines.flatMap((line) => line.split(' '));

/** Functions whose plain numbers are array operands, not axes or counts. */
export const ELEMENTWISE: ReadonlySet<string> = new Set(
  words(
    'add sub subtract mul multiply div divide trueDivide floorDivide mod remainder fmod power pow floatPower',
    'maximum minimum fmax fmin where clip atan2 arctan2 hypot logaddexp logaddexp2 heaviside copysign',
    'greater greaterEqual less lessEqual equal notEqual sqrt square exp expm1 log log1p sin cos tan sinh cosh tanh',
    'asin atan arcsin arctan asinh acosh atanh arcsinh arccosh arctanh abs absolute negative reciprocal sign',
    'floor ceil trunc erf erfc',
  ),
);

/** Functions that join a list of arrays, in which plain numbers are arrays too. */
export const JOINING: ReadonlySet<string> = new Set(words('stack concatenate append hstack vstack dstack columnStack'));

/** Reductions of conditions count them, as in NumPy; jax-js alone would give a condition again. */
export const COUNTING: ReadonlySet<string> = new Set(words('sum prod mean'));

/** Functions that make arrays and take `{ dtype }` last, and at which place. */
export const CREATION: ReadonlyMap<string, number> = new Map(
  Object.entries({ array: 1, zeros: 1, ones: 1, full: 2, eye: 2, identity: 1, linspace: 4, tri: 3 }),
);

/** Methods of an array that users call. */
export const METHODS: readonly string[] = words(
  'add sub mul div mod neg greater less equal notEqual greaterEqual lessEqual sum prod mean min max all any',
  'transpose reshape astype diagonal flatten ravel slice',
);
