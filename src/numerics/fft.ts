/** In-place radix-2 complex FFT (Cooley & Tukey 1965), for autocorrelations. */
import { InputError } from '../errors.ts';

/**
 * The discrete Fourier transform Σ_t z_t exp(−2πi kt/n), unnormalised, in place.
 * @param re shape [n], n a power of two @param im shape [n]
 * @throws InputError if n is not a power of two
 */
export function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  if (n === 0 || (n & (n - 1)) !== 0) throw new InputError(`fft: length must be a power of two, got ${n}`);
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j |= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  // One table of roots of unity: a running product would lose digits at long lengths.
  const cosines = new Float64Array(n >> 1);
  const sines = new Float64Array(n >> 1);
  for (let i = 0; i < n >> 1; i++) {
    cosines[i] = Math.cos((2 * Math.PI * i) / n);
    sines[i] = -Math.sin((2 * Math.PI * i) / n);
  }
  for (let half = 1; half < n; half <<= 1) {
    const stride = n / (2 * half);
    for (let start = 0; start < n; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const a = start + k;
        const b = a + half;
        const c = cosines[k * stride];
        const s = sines[k * stride];
        const tr = re[b] * c - im[b] * s;
        const ti = re[b] * s + im[b] * c;
        re[b] = re[a] - tr;
        im[b] = im[a] - ti;
        re[a] += tr;
        im[a] += ti;
      }
    }
  }
}
