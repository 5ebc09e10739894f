import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { describe, it } from 'node:test';
import { DARK_PALETTE, LIGHT_PALETTE, paletteThrough } from '../../../src/report/page/colourMap.ts';
import { errorInStandardErrors, formatCount, formatEstimate, formatNumber, formatPercent, formatSeconds, typographic } from '../../../src/report/page/format.ts';
import { density2d, histogram } from '../../../src/report/page/histogram.ts';
import { html, Markup } from '../../../src/report/page/markup.ts';
import { encodePng } from '../../../src/report/page/png.ts';
import { normaliseLogWeights } from '../../../src/report/weights.ts';
import { coordinateNames } from '../../../src/report/page/window.ts';

describe('format', () => {
  it('rounds to four digits and says n/a', () => {
    assert.deepEqual([0.123456, 12345.6, 0, 1e-7, Number.NaN, Infinity, null].map((value) => formatNumber(value)), ['0.1235', '12346', '0', '1.000e-7', 'n/a', 'n/a', 'n/a']);
  });
  it('rounds an estimate to its error', () => {
    assert.equal(formatEstimate(1.23456, 0.0123), '1.235 ± 0.012');
    assert.equal(formatEstimate(1.23456, null), '1.235');
    assert.equal(formatEstimate(1.23456, 0), '1.235');
    assert.equal(formatEstimate(12345, 250), '12345 ± 250');
    assert.equal(formatEstimate(null, 0.1), 'n/a');
  });
  it('writes percentages, counts and times', () => {
    assert.deepEqual([0.98134, 1, 0, 1e-7, null].map(formatPercent), ['98.1 %', '100 %', '0 %', '1.0e-5 %', 'n/a']);
    assert.equal(formatCount(1234567), '1\u2009234\u2009567');
    assert.deepEqual([0.0123, 12.34, 99.99, 119.9, 3599, 7300].map(formatSeconds), ['12 ms', '12.3 s', '100 s', '2 min 00 s', '1 h 00 min', '2 h 02 min']);
  });
  it('turns hyphens into minus signs only before numbers', () => {
    assert.equal(typographic('three-well -1.5 ± 1e-4'), 'three-well \u22121.5 ± 1e\u22124');
  });
  it('measures errors only where all is known', () => {
    assert.equal(errorInStandardErrors({ value: 1, standardError: 0.5, exact: 2 }), 2);
    assert.equal(errorInStandardErrors({ value: 1, standardError: 0, exact: 2 }), null);
    assert.equal(errorInStandardErrors({ value: 1, standardError: 0.1, exact: null }), null);
  });
});

describe('markup', () => {
  it('escapes strings, keeps markup, joins lists and drops nothing silently', () => {
    assert.equal(html`<p a="${'"'}">${['<', new Markup('<br>'), null, false, 'x']}</p>`.text, '<p a="&#34;">&#60;<br>x</p>');
  });
});

describe('colour maps', () => {
  const luma = (palette: Uint8Array, i: number): number => 0.2126 * palette[4 * i] + 0.7152 * palette[4 * i + 1] + 0.0722 * palette[4 * i + 2];
  it('darken steadily on light pages, brighten on dark ones, and start transparent', () => {
    for (let i = 2; i < 256; i++) {
      assert.ok(luma(LIGHT_PALETTE, i) <= luma(LIGHT_PALETTE, i - 1) + 1);
      assert.ok(luma(DARK_PALETTE, i) >= luma(DARK_PALETTE, i - 1) - 1);
    }
    assert.equal(LIGHT_PALETTE[3], 0);
    assert.equal(LIGHT_PALETTE[7], 255);
  });
  it('pass through their control points', () => {
    const palette = paletteThrough(['#000000', '#12ab9f']);
    assert.deepEqual([...palette.subarray(1020)], [0x12, 0xab, 0x9f, 255]);
  });
});

describe('png', () => {
  it('decodes to the same pixels', () => {
    const indices = Uint8Array.from([0, 1, 2, 3, 4, 255]);
    const png = encodePng(3, 2, indices, LIGHT_PALETTE);
    assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
    const chunks = new Map<string, Buffer>();
    for (let at = 8; at < png.length;) {
      const length = png.readUInt32BE(at);
      chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length));
      at += 12 + length;
    }
    assert.deepEqual([...chunks.keys()], ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);
    assert.deepEqual([...inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0))], [0, 0, 1, 2, 0, 3, 4, 255]);
    // The checksum of an empty IEND is fixed by the specification.
    assert.equal(png.readUInt32BE(png.length - 4), 0xae426082);
  });
});

describe('histograms', () => {
  const real = { kind: 'real' as const, low: -1, high: 1 };
  const torus = { kind: 'torus' as const, low: 0, high: 1 };
  it('integrate to the share of the points inside', () => {
    const cloud = { points: Float64Array.from([0.1, 0.1, 0.6, 0.4, 5, 5, 0.9, 0.9]), dimension: 2, weights: Float64Array.from([0.1, 0.2, 0.3, 0.4]) };
    const density = histogram(cloud, 0, { low: 0, high: 1 }, 4, real);
    assert.ok(Math.abs(density.reduce((a, b) => a + b, 0) / 4 - 0.7) < 1e-12);
    assert.ok(Math.abs(density[2] / 4 - 0.2) < 1e-12);
  });
  it('wrap circles and keep mass when blurred', () => {
    const cloud = { points: Float64Array.from([1.02, -0.02]), dimension: 2, weights: null };
    const grid = density2d(cloud, { axes: [0, 1], ranges: [torus, torus], coordinates: [torus, torus] }, [20, 10]);
    assert.ok(Math.abs(grid.values.reduce((a, b) => a + b, 0) / 200 - 1) < 1e-12);
    assert.equal(grid.values.indexOf(Math.max(...grid.values)), 9 * 20);
  });
});

describe('weights', () => {
  it('normalise, and count what is unusable', () => {
    const { weights, unusable, logMean } = normaliseLogWeights(Float64Array.from([1000, 1000 + Math.log(3), -Infinity, Number.NaN]));
    assert.equal(unusable, 1);
    [0.25, 0.75, 0, 0].forEach((expected, i) => assert.ok(Math.abs(weights[i] - expected) < 1e-12));
    assert.ok(Math.abs((logMean ?? 0) - 1000) < 1e-12);
    assert.equal(normaliseLogWeights(new Float64Array(0)).logMean, null);
  });
});

describe('coordinate names', () => {
  it('follow the dimension', () => {
    assert.deepEqual(coordinateNames([{ kind: 'real', low: 0, high: 1 }, { kind: 'torus', low: 0, high: 1 }]), ['x', 'y']);
    assert.equal(coordinateNames(Array.from({ length: 12 }, () => ({ kind: 'real' as const, low: 0, high: 1 })))[11], 'x₁₂');
  });
});
