/** The WebAssembly of the host, typed: neither ES nor Node's type packages declare it. */
import { InputError } from '../../errors.ts';

export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** A compiled module; workers may be sent one. */
export interface WasmModule { readonly [Symbol.toStringTag]: string }

export type WasmFunction = (...parameters: readonly number[]) => number;

interface Host {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: (new (binary: Uint8Array) => WasmModule) & {
    imports: (module: WasmModule) => { readonly name: string; readonly kind: string }[]
  };
  readonly Instance: new (module: WasmModule, imports: {
    readonly env: Readonly<Record<string, unknown>>
  }) => { readonly exports: Readonly<Record<string, WasmFunction>> };
}

const host = (globalThis as unknown as { readonly WebAssembly: Host }).WebAssembly;

/**
 * What V8 says where it may not reserve the address space of a memory (10 GiB each on Node 20 and 22, whatever is used
 * of it), in words that help; undefined for any other error.
 */
export function refusedMemory(error: unknown): InputError | undefined {
  if (!(error instanceof RangeError) || !/^WebAssembly\.Memory\(\)/.test(error.message)) return undefined;
  return new InputError(
    'WebAssembly may not reserve the address space that it needs, 10 GiB for each of a few memories, of '
      + 'which little is used: lift the limit (`ulimit -v unlimited`), or take '
      + 'NODE_OPTIONS=--disable-wasm-trap-handler, which needs less and is a fifth slower',
    { exitCode: 1, cause: error }
  );
}

/** @throws InputError (exit code 1) where the process may not have it */
export function sharedMemory(pages: number, maximum: number): WasmMemory {
  try {
    return new host.Memory({ initial: pages, maximum, shared: true });
  } catch (error) {
    throw refusedMemory(error) ?? error;
  }
}

export const compileModule = (binary: Uint8Array): WasmModule => new host.Module(binary);

/** Exports of an instance whose imports are the shared memory and functions of `Math`, by their own names. */
export function instantiate(module: WasmModule, memory: WasmMemory): Readonly<Record<string, WasmFunction>> {
  const env: Record<string, unknown> = { memory };
  for (const { name, kind } of host.Module.imports(module)) {
    if (kind === 'function') env[name] = (Math as unknown as Readonly<Record<string, unknown>>)[name];
  }
  return new host.Instance(module, { env }).exports;
}
