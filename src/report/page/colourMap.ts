/**
 * Colour maps whose lightness changes steadily: control points joined by straight lines in OKLab (Ottosson 2020).
 * Index 0 is transparent, so empty regions show the page; light pages darken with density, dark pages glow.
 */

/** 256 RGBA colours. shape [256, 4] */
export type Palette = Uint8Array;

type Triple = readonly [number, number, number];

const toLinear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const toGamma = (c: number): number => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

function oklab(hex: string): Triple {
  const [r, g, b] = [1, 3, 5].map((at) => toLinear(Number.parseInt(hex.slice(at, at + 2), 16) / 255));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function rgb([lightness, a, b]: Triple): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const byte = (c: number): number => Math.round(255 * Math.min(1, Math.max(0, toGamma(Math.max(0, c)))));
  return [
    byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    byte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** A palette through `stops` (#rrggbb, evenly spaced, at least two); index 0 is made transparent. */
export function paletteThrough(stops: readonly string[]): Palette {
  const points = stops.map(oklab);
  const palette = new Uint8Array(1024);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (points.length - 1);
    const k = Math.min(points.length - 2, Math.floor(at));
    const mix = (axis: 0 | 1 | 2): number => points[k][axis] + (at - k) * (points[k + 1][axis] - points[k][axis]);
    palette.set([...rgb([mix(0), mix(1), mix(2)]), i === 0 ? 0 : 255], 4 * i);
  }
  return palette;
}

/** Paper to ink, for light pages and print. */
export const LIGHT_PALETTE = paletteThrough(['#ffffff', '#c6dfe6', '#6fb0c8', '#2f76a8', '#23407c', '#1a1440']);
/** Night to glow, for dark pages. */
export const DARK_PALETTE = paletteThrough(['#15181c', '#1f3455', '#2a5f8f', '#3f98b0', '#93cfae', '#fbf3c4']);

/**
 * Below zero blue, above zero orange, nothing at the middle: told apart with any colour vision (after Okabe and Ito).
 */
export const LIGHT_DIVERGING =
  paletteThrough(['#08306b', '#2f7fbf', '#9fcbe6', '#fdfdfc', '#f5bd85', '#d9730d', '#7a3100']);
export const DARK_DIVERGING =
  paletteThrough(['#bfe3ff', '#5cb4ec', '#24547a', '#15181c', '#7a4416', '#f08c3a', '#ffd9ad']);
