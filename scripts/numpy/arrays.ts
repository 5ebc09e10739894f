/** Shapes, parts, and what makes arrays. */
import { row, same, type Section } from './row.ts';

export const ARRAYS: readonly Section[] = [
  {
    title: 'Making arrays', text: 'Everything is float64 unless `{ dtype }` says otherwise.',
    rows: [
      row('np.array([1.0, 2.0])', 'np.array([1, 2])'), row('np.zeros((2, 3))', 'np.zeros([2, 3])', 'shapes are lists'),
      row('np.ones(3)', 'np.ones([3])'), row('np.full((2, 2), 0.1)', 'np.full([2, 2], 0.1)'), row('np.eye(3)', 'np.eye(3)'),
      row('np.zeros_like(a)', 'np.zerosLike(a)'), row('np.arange(5)', 'np.arange(5)', 'of kind int32'),
      row('np.arange(0, 1, 0.3)', 'np.arange(0, 1, 0.3)'),
      row('np.linspace(0, 1, 7)', 'np.linspace(0, 1, 7)'), row('np.diag(x)', 'np.diag(x)'), row('np.diag(a)', 'np.diag(a)'),
      row('np.tri(3)', 'np.tri(3)'), row('np.tril(a)', 'np.tril(a)'), row('np.triu(a, 1)', 'np.triu(a, 1)'),
      row('np.meshgrid(x, y)[1]', 'np.meshgrid([x, y])[1]', 'the arrays are a list'),
      row('np.asarray([1.0, 2.0])', 'np.array([1, 2])'), row('np.empty(0)', 'np.zeros([0])'),
      row('np.vander(x, 3)', 'np.vander(x, { n: 3 })'),
    ],
  },
  {
    title: 'Shapes', text: '',
    rows: [
      row('a.shape[0]', 'np.array(a.shape[0])', '`a.shape` is a list of numbers'), row('len(x)', 'np.array(x.length)'),
      row('x.size', 'np.array(x.size)'), row('a.ravel()', 'a.ravel()'), row('a.reshape(-1)', 'a.reshape([-1])'),
      row('np.reshape(a, (9, 1))', 'np.reshape(a, [9, 1])'), row('x[:, None]', 'np.expandDims(x, 1)', 'or `x.slice([], null)`'),
      row('np.expand_dims(x, 0)', 'np.expandDims(x, 0)'), row('np.squeeze(x[None, :])', 'np.squeeze(np.expandDims(x, 0))'),
      row('np.transpose(t, (2, 0, 1))', 'np.transpose(t, [2, 0, 1])'), row('np.swapaxes(t, 0, 2)', 'np.swapaxes(t, 0, 2)'),
      row('np.moveaxis(t, 0, 2)', 'np.moveaxis(t, 0, 2)'), row('np.broadcast_to(x, (2, 5))', 'np.broadcastTo(x, [2, 5])'),
      row('np.tile(x, 2)', 'np.tile(x, 2)'), row('np.repeat(x, 2)', 'np.repeat(x, 2)'),
      row('np.flip(x)', 'np.flip(x)'), row('np.roll(x, 2)', 'np.roll(x, 2)'), row('np.roll(a, 1, axis=1)', 'np.roll(a, 1, 1)'),
      row('np.rot90(a)', 'np.rot90(a)'), row('np.pad(x, 1)', 'np.pad(x, 1)', 'with zeros'),
    ],
  },
  {
    title: 'Parts', text: 'A range is a list of where it begins and, if not at the end, where it ends.',
    rows: [
      row('x[1]', 'x.slice(1)', 'or `x[1]`, which the types know as something that may be missing'), row('x[-1]', 'x.slice(-1)'),
      row('x[1:3]', 'x.slice([1, 3])'), row('x[2:]', 'x.slice([2])'), row('x[:-1]', 'x.slice([0, -1])'),
      row('a[1, 2]', 'a.slice(1, 2)'), row('a[:, 0]', 'a.slice([], 0)'), row('a[1:, :2]', 'a.slice([1], [0, 2])'),
      row('t[..., 0]', 't.slice([], [], 0)', 'there is no `...`'), row('x[::-1]', 'np.flip(x)'),
      row('x[::2]', 'np.take(x, [0, 2, 4])', 'there are no steps'),
      row('x[[0, 2, 2]]', 'np.take(x, [0, 2, 2])', 'a list in `x.slice` is a range'),
      row('a[[0, 2]]', 'np.take(a, [0, 2], 0)'), row('a[:, [2, 0]]', 'np.take(a, [2, 0], 1)'),
      row('a[[0, 1], [1, 2]]', 'a.slice(np.array([0, 1], { dtype: np.int32 }), np.array([1, 2], { dtype: np.int32 }))'),
      row('np.take(x, [0, -1])', 'np.take(x, [0, -1])'),
      row('np.take_along_axis(a, np.argsort(a, 1), 1)', 'np.takeAlongAxis(a, np.argsort(a, 1), 1)'),
      row('x[x > 0].sum()', 'np.where(x.greater(0), x, 0).sum()', 'what is left out may not change the shape'),
      row('a.diagonal()', 'a.diagonal()'), row('q, r, s, t, u = x; s', '[...x][2]', '`const [q, r, s] = x` works'),
      row('x[1] = 5; x', 'np.where(np.arange(5).equal(1), 5, x)', 'arrays do not change'),
      row('x[2:] = 0; x', 'np.concatenate([x.slice([0, 2]), np.zeros([3])])'),
      row('x[1] += 2; x', 'x.add(np.arange(5).equal(1).mul(2))'),
    ],
  },
  {
    title: 'Joining and splitting', text: '',
    rows: [
      row('np.concatenate([x, y])', 'np.concatenate([x, y])'), row('np.concatenate([a, b], axis=1)', 'np.concatenate([a, b], 1)'),
      row('np.stack([x, y])', 'np.stack([x, y])'), row('np.stack([x, y], axis=-1)', 'np.stack([x, y], -1)'),
      ...same('np.vstack([x, y])', 'np.hstack([x, y])', 'np.append(x, y)'),
      row('np.column_stack([x, y])', 'np.columnStack([x, y])'), row('np.split(x, [2])[1]', 'np.split(x, [2])[1]'),
    ],
  },
];
