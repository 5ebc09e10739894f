/** What there is nothing for. */
import { row, type Section } from './row.ts';

export const MISSING: readonly Section[] = [
  {
    title: 'Not there', text: '',
    rows: [
      row('np.random', null, 'an energy depends on its point alone; draw constants once, outside of it'),
      row('np.linalg.eigh, np.linalg.svd, np.linalg.qr', null, 'have no gradient here; a log-determinant or a solution needs none of them'),
      row('np.fft', null, 'a product with a matrix of cosines and sines does it at the sizes of an energy'),
      row('complex numbers', null, 'keep real and imaginary parts apart'),
      row('np.unique, np.nonzero, x[x > 0]', null, 'their shape depends on the numbers; weigh with `np.where` instead'),
      row('np.histogram', null, 'count in an observable, which is plain JavaScript'),
      row('np.vectorize, np.apply_along_axis', null, 'write the formula for whole arrays, or loop over indices that are numbers'),
      row('out=, in-place operators', null, 'arrays do not change'),
      row('print(x)', null, 'numbers are not known while a formula is traced; its shape is: `x.shape`'),
    ],
  },
];
