/**
 * Worker threads that sleep between calls. A call is open to them while the calling thread works on it too: a worker
 * that wakes late, or has ended, is not waited for. One that has joined a call runs nothing but compiled code until it
 * has left it, and leaves even where that code or the thread itself is ended.
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { InputError } from '../../errors.ts';
import type { WasmMemory, WasmModule } from './webAssembly.ts';

/** Layout of the control block, in 32-bit words. */
const LAYOUT = {
  generation: 0, next: 1, shards: 2, open: 3, left: 4, failed: 5, team: 6, helpers: 7, count: 8, parameters: 9,
  nameLength: 25, name: 26,
} as const;
const MOST_PARAMETERS = LAYOUT.nameLength - LAYOUT.parameters;
const MOST_NAME = 64;
/**
 * The word `open` holds the low bits of the generation of the call that is open, and below them how many workers have
 * joined it: none can join a call that it has not been woken for, or one that is over.
 */
const JOINED_BITS = 11;
const GENERATIONS = 2 ** 20 - 1;
const CLOSED = -1;
/** Looks at the control block before a thread goes to sleep: a few microseconds, less than waking it takes. */
const SPINS = 4000;

/**
 * What a worker runs: wait for a call, make what was sent ready, join, take shards until none is left, leave. An error
 * in making a team ready is told in the calls of it that are joined. Plain JavaScript, so that it starts at once from
 * wherever the package is run.
 */
export const WORKER = `
const { workerData, parentPort, receiveMessageOnPort } = require('node:worker_threads');
const { control, layout, index, spins, joinedBits, generations, errors } = workerData;
const math = Object.fromEntries(Object.getOwnPropertyNames(Math).map((name) => [name, Math[name]]));
const teams = new Map();
const failed = new Map();
let within = false;
function leave(error) {
  within = false;
  if (error !== null) {
    errors.postMessage(String(error && error.message || error));
    Atomics.store(control, layout.failed, 1);
  }
  Atomics.add(control, layout.left, 1);
  Atomics.notify(control, layout.left);
}
process.on('exit', () => { if (within) leave('the thread was ended'); });
for (let seen = workerData.seen;;) {
  for (let i = 0; i < spins && Atomics.load(control, layout.generation) === seen; i++);
  while (Atomics.load(control, layout.generation) === seen) Atomics.wait(control, layout.generation, seen);
  seen = Atomics.load(control, layout.generation);
  if (index >= control[layout.helpers]) continue;
  for (let received; (received = receiveMessageOnPort(parentPort)) !== undefined;) {
    const { id, module, memory } = received.message;
    failed.delete(id);
    try {
      if (module === null) teams.delete(id);
      else teams.set(id, new WebAssembly.Instance(module, { env: { ...math, memory } }).exports);
    } catch (reason) {
      failed.set(id, reason);
    }
  }
  let open = Atomics.load(control, layout.open);
  while (open >> joinedBits === (seen & generations)) {
    const found = Atomics.compareExchange(control, layout.open, open, open + 1);
    if (found === open) break;
    open = found;
  }
  if (open >> joinedBits !== (seen & generations)) continue;
  within = true;
  let error = failed.get(control[layout.team]) ?? null;
  try {
    if (error === null) {
      const name = String.fromCharCode(...control.subarray(layout.name, layout.name + control[layout.nameLength]));
      const parameters = Array.from(control.subarray(layout.parameters, layout.parameters + control[layout.count]));
      const call = teams.get(control[layout.team])[name];
      const shards = control[layout.shards];
      for (let shard; (shard = Atomics.add(control, layout.next, 1)) < shards;) call(shard, ...parameters);
    }
  } catch (reason) {
    error = reason;
  }
  leave(error);
}
`;

/** A call of an exported function for many shards. */
export interface TeamCall {
  readonly team: number;
  readonly name: string;
  readonly shards: number;
  /** Workers that may take part. */
  readonly helpers: number;
  /** 32-bit integers. */
  readonly parameters: readonly number[];
}

export class WorkerPool {
  readonly #control = new Int32Array(new SharedArrayBuffer(4 * (LAYOUT.name + MOST_NAME)));
  readonly #workers: { readonly worker: Worker; readonly errors: MessagePort }[] = [];
  /** Why a worker has ended, once that is known. */
  #ended: string | null = null;

  /** @param source what workers run: tests of what happens when they die give another */
  constructor(private readonly source: string = WORKER) {
    this.#control[LAYOUT.open] = CLOSED;
  }

  /** Start workers until there are `count`, ahead of their first call. They never keep the process alive. */
  start(count: number): void {
    while (this.#workers.length < count) {
      const { port1, port2 } = new MessageChannel();
      const worker = new Worker(this.source, {
        eval: true, execArgv: [], transferList: [port2],
        workerData: {
          control: this.#control, layout: LAYOUT, index: this.#workers.length, seen: this.#control[LAYOUT.generation],
          spins: SPINS, joinedBits: JOINED_BITS, generations: GENERATIONS, errors: port2,
        },
      });
      worker.on('error', (error) => { this.#ended ??= error.message; });
      worker.on('exit', (code) => { this.#ended ??= `exit code ${code}`; });
      worker.unref();
      port1.unref();
      this.#workers.push({ worker, errors: port1 });
    }
  }

  /** Make a team's module known to worker k; null: let it forget the team. */
  tell(k: number, team: number, module: WasmModule | null, memory?: WasmMemory): void {
    this.#workers[k].worker.postMessage({ id: team, module, memory });
  }

  /**
   * Open a call to the workers, do this thread's part of it, and return when all shards are done.
   * @param own runs one shard on this thread
   * @throws InputError (exit code 1) where a worker has ended; Error where compiled code fails
   */
  run({ team, name, shards, helpers, parameters }: TeamCall, own: (shard: number) => void): void {
    const control = this.#control;
    if (parameters.length > MOST_PARAMETERS || name.length > MOST_NAME) {
      throw new Error(`team: ${name} has too long a name or too many parameters`);
    }
    if (this.#ended !== null) throw endedError(this.#ended);
    control[LAYOUT.next] = 0;
    control[LAYOUT.shards] = shards;
    control[LAYOUT.left] = 0;
    control[LAYOUT.failed] = 0;
    control.set([team, helpers, parameters.length, ...parameters], LAYOUT.team);
    control.set([name.length, ...Array.from(name, (letter) => letter.charCodeAt(0))], LAYOUT.nameLength);
    const generation = control[LAYOUT.generation] + 1;
    Atomics.store(control, LAYOUT.open, (generation & GENERATIONS) << JOINED_BITS);
    Atomics.store(control, LAYOUT.generation, generation);
    Atomics.notify(control, LAYOUT.generation);
    try {
      const take = (): number => Atomics.add(control, LAYOUT.next, 1);
      for (let shard = take(); shard < shards; shard = take()) own(shard);
    } finally {
      this.#close();
    }
    if (control[LAYOUT.failed] !== 0) throw this.#failure(name);
  }

  /** Let no more workers in, and wait for those that are. */
  #close(): void {
    const control = this.#control;
    const joined = Atomics.exchange(control, LAYOUT.open, CLOSED) & ((1 << JOINED_BITS) - 1);
    const left = (): number => Atomics.load(control, LAYOUT.left);
    for (let done = left(); done < joined; done = left()) {
      for (let i = 0; i < SPINS && left() === done; i++);
      Atomics.wait(control, LAYOUT.left, done);
    }
  }

  #failure(name: string): Error {
    const reasons = this.#workers.flatMap(({ errors }) => {
      const received = receiveMessageOnPort(errors) as { readonly message: string } | undefined;
      return received === undefined ? [] : [received.message];
    });
    const reason = reasons[0] ?? 'no reason was given';
    if (/thread was ended|memory/i.test(reason)) return endedError(reason);
    return new Error(`a worker thread failed in ${name}: ${reason}`);
  }
}

const endedError = (reason: string): InputError => new InputError(
  `a worker thread has ended (${reason.split('\n')[0]}), perhaps for want of memory: free some, or take fewer threads; `
  + 'the run can be resumed from its last checkpoint',
  { exitCode: 1 },
);
