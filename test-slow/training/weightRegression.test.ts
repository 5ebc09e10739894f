/** Learned weights under the noises that the fast tests leave out. */
import { describe, it } from 'node:test';
import { assertFound, assertFoundByWeight, noises } from '../../test/training/weightFits.ts';

const [gaussian, signs] = noises;

describe('the conditional mean', () => {
  it(`is found under ${signs[0]}`, (t) => assertFound(signs, (told) => t.diagnostic(told)));
  it(`is found by weight under ${gaussian[0]}`, (t) => assertFoundByWeight(gaussian, (told) => t.diagnostic(told)));
});
