/** The byte-level pieces of a WebAssembly binary (WebAssembly core specification 2.0, chapter 5). */

/** A vector constant: where it stands is decided when the module is written. */
export interface VectorConstant { readonly bytes: readonly number[] }

/** Bytes, nested for cheap joining. */
export type Code = readonly (number | Code | VectorConstant)[];

const isConstant = (part: Code | VectorConstant): part is VectorConstant => 'bytes' in part;

/** Code with `encode` in place of every vector constant. */
export function withConstants(code: Code, encode: (constant: VectorConstant) => Code): Code {
  return code.map(
    (part) => (typeof part === 'number' ? part : isConstant(part) ? encode(part) : withConstants(part, encode))
  );
}

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) return [...bytes, low];
    bytes.push(low | 128);
  }
}

/** Signed LEB128 of a 64-bit integer. */
export function signed64(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asIntN(64, value);
  for (;;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    if ((rest === 0n && (low & 64) === 0) || (rest === -1n && (low & 64) !== 0)) return [...bytes, low];
    bytes.push(low | 128);
  }
}

export const bytesOfFloat32 = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];
export const bytesOfFloat64 = (value: number): number[] => [...new Uint8Array(Float64Array.of(value).buffer)];

export function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
}

export const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items];

function plain(part: Code | VectorConstant): Code {
  if (isConstant(part)) throw new Error('wasm: a vector constant outside a function');
  return part;
}

function length(code: Code): number {
  let total = 0;
  for (const part of code) total += typeof part === 'number' ? 1 : length(plain(part));
  return total;
}

/** The bytes of nested code in one array. */
export function flatten(code: Code): Uint8Array {
  const bytes = new Uint8Array(length(code));
  let at = 0;
  const write = (parts: Code): void => {
    for (const part of parts) {
      if (typeof part === 'number') bytes[at++] = part;
      else write(plain(part));
    }
  };
  write(code);
  return bytes;
}

/** Code prefixed with its length. */
export function sized(code: Code): Code {
  return [...unsigned(length(code)), code];
}
