/** Sums, products, and linear algebra. */
import { row, same, type Section } from './row.ts';

export const ALGEBRA: readonly Section[] = [
  {
    title: 'Sums and the like', text: 'The axis is the second argument of a function, the first of a method.',
    rows: [
      row('x.sum()', 'x.sum()', 'or `np.sum(x)`'), row('a.sum(axis=0)', 'a.sum(0)'), row('np.sum(t, axis=(0, 2))', 'np.sum(t, [0, 2])'),
      row('a.sum(axis=1, keepdims=True)', 'a.sum(1, { keepdims: true })'), row('x.mean()', 'x.mean()'),
      row('np.mean(a, axis=1)', 'np.mean(a, 1)'), row('np.prod(x)', 'np.prod(x)'), row('np.max(x)', 'np.max(x)'), row('x.min()', 'x.min()'),
      row('np.amax(a, axis=0)', 'np.max(a, 0)'), row('np.ptp(x)', 'np.ptp(x)'),
      row('np.var(x)', 'np.var_(x)', '`var` is a word of JavaScript'), row('np.var(a, axis=0, ddof=1)', 'np.var_(a, 0, { correction: 1 })'),
      row('np.std(x)', 'np.std(x)'), row('np.average(x, weights=y)', 'np.average(x, null, { weights: y })'),
      row('np.cov(a)', 'np.cov(a)'), row('np.corrcoef(a)', 'np.corrcoef(a)'),
      row('np.argmax(x)', 'np.argmax(x)', 'has no gradient'), row('np.argmin(a, axis=1)', 'np.argmin(a, 1)', 'has no gradient'),
      row('np.nansum(x)', 'np.nansum(x)'), row('np.trapezoid(y, x)', 'np.trapezoid(y, x)'),
      row('np.median(x)', 'np.sort(x).slice(2)', 'the middle one of five'),
    ],
  },
  {
    title: 'Products', text: '',
    rows: [
      ...same('np.dot(x, y)', 'np.dot(a, b)', 'np.vdot(x, y)', 'np.inner(a, b)', 'np.outer(x, y)', 'np.matmul(a, b)',
        'np.cross(a, b)', 'np.trace(a)', 'np.tensordot(a, b)', 'np.convolve(x, y)'),
      row('a @ v', 'np.matmul(a, v)'), row('v @ a @ v', 'np.dot(v, np.matmul(a, v))', 'a quadratic form'),
      row('np.matvec(a, v)', 'np.matvec(a, v)'), row('np.vecmat(v, a)', 'np.vecmat(v, a)'), row('np.vecdot(a, b)', 'np.vecdot(a, b)'),
      row('np.tensordot(t, a[:2], axes=([0], [0]))', 'np.tensordot(t, a.slice([0, 2]), [[0], [0]])'),
      ...same("np.einsum('ij,jk->ik', a, b)", "np.einsum('i,ij,j->', v, a, v)", "np.einsum('ii->i', a)", "np.einsum('ij->ji', a)",
        "np.einsum('ij,ij->i', a, b)", "np.einsum('i,j->ij', x, y)", "np.einsum('...ij,...jk->...ik', a, b)", "np.einsum('ij,kj', a, b)"),
      row('np.kron(a, b)', "np.einsum('ij,kl->ikjl', a, b).reshape([9, 9])"),
    ],
  },
  {
    title: 'Linear algebra', text: 'Matrices up to 64 by 64, written out when a formula is compiled. Each takes stacks of matrices too.',
    rows: [
      ...same('np.linalg.norm(x)', 'np.linalg.norm(a)', 'np.linalg.det(a)', 'np.linalg.inv(a)', 'np.linalg.solve(a, v)', 'np.linalg.solve(a, b)',
        'np.linalg.cholesky(s)', 'np.linalg.slogdet(a)[1]', 'np.linalg.slogdet(a)[0]'),
      row('np.linalg.norm(a, axis=1)', 'np.linalg.norm(a, { axis: 1 })'), row('np.linalg.norm(x, 1)', 'np.linalg.norm(x, { ord: 1 })'),
      row('np.linalg.norm(x, np.inf)', 'np.linalg.norm(x, { ord: Infinity })'),
      row('np.linalg.matrix_power(a, 3)', 'np.linalg.matrixPower(a, 3)'),
      row('np.linalg.multi_dot([a, b, s])', 'np.linalg.multiDot([a, b, s])'),
      row('scipy.linalg.solve_triangular(a, v, lower=True)', 'np.linalg.solveTriangular(a, v, { lower: true })'),
      row('scipy.linalg.solve_triangular(a, b)', 'np.linalg.solveTriangular(a, b)'),
      row("scipy.linalg.solve_triangular(a, v, lower=True, trans='T')", 'np.linalg.solveTriangular(a, v, { lower: true, transpose: true })'),
      row('scipy.linalg.cho_solve((np.linalg.cholesky(s), True), v)', 'np.linalg.solve(s, v)'),
      row('2 * np.log(np.diag(np.linalg.cholesky(s))).sum()', 'np.log(np.linalg.cholesky(s).diagonal()).sum().mul(2)', 'log-determinant of a covariance'),
      row('np.linalg.pinv(a)', 'np.linalg.inv(a)', 'of a square matrix of full rank'),
    ],
  },
  {
    title: 'Order, differences and tables', text: 'At most 512 entries are sorted: all pairs are compared.',
    rows: [
      row('np.sort(x)', 'np.sort(x)'), row('np.sort(a, axis=0)', 'np.sort(a, 0)'), row('np.argsort(x)', 'np.argsort(x)', 'has no gradient'),
      ...same('np.cumsum(x)', 'np.cumprod(x)', 'np.diff(x)', 'np.ediff1d(x)', 'np.searchsorted(k, x)'),
      row('np.cumsum(a, axis=1)', 'np.cumsum(a, 1)'), row('np.diff(x, 2)', 'np.diff(x, 2)'), row('np.diff(a, axis=0)', 'np.diff(a, 1, 0)'),
      row('np.interp(x, k, y)', 'np.interp(x, k, y)', 'constant outside of the table; `k` increases'),
      row('np.interp(x, k, y, left=0, right=9)', 'np.interp(x, k, y, { left: 0, right: 9 })'),
      row("np.searchsorted(k, x, side='right')", "np.searchsorted(k, x, { side: 'right' })"),
      row('np.digitize(x, k)', "np.searchsorted(k, x, { side: 'right' })"),
    ],
  },
];
