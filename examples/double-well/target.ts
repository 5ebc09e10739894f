import { defineTarget, np } from 'jeffreys-flow';

export default defineTarget({
  name: 'tilted-double-well',
  dimension: 2,
  energy: (point) => {
    const [x, y] = [point.slice(0), point.slice(1)];
    return np.square(np.square(x).sub(1)).mul(4).add(x.mul(0.3)).add(np.square(y.sub(x)).mul(2));
  },
  box: [-4, 4],
  base: { mean: 0, standardDeviation: 1.2 },
  modes: { centres: [[-1, -1], [1, 1]] },
});
