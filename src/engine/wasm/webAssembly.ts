/** The WebAssembly of the host, typed: neither ES nor Node's type packages declare it. */

export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** A compiled module; workers may be sent one. */
export interface WasmModule { readonly [Symbol.toStringTag]: string }

export type WasmFunction = (...parameters: readonly number[]) => number;

interface Host {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: (new (binary: Uint8Array) => WasmModule) & { imports: (module: WasmModule) => { readonly name: string; readonly kind: string }[] };
  readonly Instance: new (module: WasmModule, imports: { readonly env: Readonly<Record<string, unknown>> }) => { readonly exports: Readonly<Record<string, WasmFunction>> };
}

const host = (globalThis as unknown as { readonly WebAssembly: Host }).WebAssembly;

export const sharedMemory = (pages: number, maximum: number): WasmMemory => new host.Memory({ initial: pages, maximum, shared: true });

export const compileModule = (binary: Uint8Array): WasmModule => new host.Module(binary);

/** Exports of an instance whose imports are the shared memory and functions of `Math`, by their own names. */
export function instantiate(module: WasmModule, memory: WasmMemory): Readonly<Record<string, WasmFunction>> {
  const env: Record<string, unknown> = { memory };
  for (const { name, kind } of host.Module.imports(module)) {
    if (kind === 'function') env[name] = (Math as unknown as Readonly<Record<string, unknown>>)[name];
  }
  return new host.Instance(module, { env }).exports;
}
