/**
 * The core, in a worker of its own: typing never waits for it.
 *
 * Calls are answered in order. If one takes longer than {@link PATIENCE_MS}, or the core breaks, the
 * worker is replaced by a fresh one that is told all files and settings again; calls that were
 * waiting fail with {@link Stopped}. The texts live in the page, so nothing is lost with a worker.
 */
import { signal, type ReadonlySignal } from '@preact/signals';

import { newId } from '../id';
import type { Answer, Call, Surface } from './protocol';

/** How long the core may take to answer before it is stopped. */
export const PATIENCE_MS = 2000;

/** Why calls went unanswered: the core took too long, or broke. */
export class Stopped extends Error {
  constructor(
    readonly reason: 'slow' | 'broken',
    message: string,
  ) {
    super(message);
  }
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Whether the core can be asked: it is still fetched, it is there, or this browser cannot run it. */
export type EngineState = 'loading' | 'ready' | { readonly failed: string };

/** Calls that tell the core something, by the key that makes a later one replace an earlier one. */
type Told = Map<string, Call>;

export class Engine {
  readonly #state = signal<EngineState>('loading');
  readonly #told: Told = new Map();
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker;
  #channel: BroadcastChannel | undefined;
  #last = 0;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#worker = this.#start();
  }

  get state(): ReadonlySignal<EngineState> {
    return this.#state;
  }

  /** Tells the core something that it has to know again after a restart. */
  tell<M extends keyof Surface>(
    key: string,
    method: M,
    ...args: Parameters<Surface[M]>
  ): Promise<ReturnType<Surface[M]>> {
    this.#told.set(key, { id: 0, method, args });
    return this.ask(method, ...args);
  }

  /** Takes back what was told under `key`, by another call. */
  untell<M extends keyof Surface>(key: string, method: M, ...args: Parameters<Surface[M]>): void {
    this.#told.delete(key);
    this.ask(method, ...args).catch(() => undefined);
  }

  /** Asks the core. Fails with {@link Stopped} if it had to be restarted meanwhile. */
  ask<M extends keyof Surface>(
    method: M,
    ...args: Parameters<Surface[M]>
  ): Promise<ReturnType<Surface[M]>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, args } satisfies Call);
      if (this.#waiting.size === 1) this.#watch();
    });
  }

  #start(): Worker {
    const name = `clnrm.core.${newId()}`;
    this.#channel?.close();
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<Answer>) => this.#hear(data);
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name });
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.#state.peek() === 'loading') this.#fail(event.message);
      else this.#restart(new Stopped('broken', event.message));
    };
    return worker;
  }

  #hear(answer: Answer): void {
    if (answer.kind === 'ready') {
      this.#state.value = 'ready';
      this.#watch();
      return;
    }
    if (answer.kind === 'unavailable') {
      this.#fail(answer.message);
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    this.#watch();
    if (answer.kind === 'result') {
      waiting?.resolve(answer.value as never);
    } else if (answer.kind === 'refused') {
      waiting?.reject(new Error(answer.message));
    } else {
      const stopped = new Stopped('broken', answer.message);
      waiting?.reject(stopped);
      this.#restart(stopped);
    }
  }

  /** Gives the core its full time again, for the call that is next. Loading has no bound. */
  #watch(): void {
    clearTimeout(this.#watchdog);
    if (this.#waiting.size === 0 || this.#state.peek() !== 'ready') return;
    this.#watchdog = setTimeout(
      () => this.#restart(new Stopped('slow', `no answer within ${PATIENCE_MS / 1000} s`)),
      PATIENCE_MS,
    );
  }

  #restart(why: Stopped): void {
    this.#worker.terminate();
    this.#state.value = 'loading';
    this.#abandon(why);
    this.#worker = this.#start();
    for (const { method, args } of this.#told.values()) {
      this.ask(method, ...(args as never)).catch(() => undefined);
    }
  }

  #fail(message: string): void {
    this.#worker.terminate();
    this.#state.value = { failed: message };
    this.#abandon(new Stopped('broken', message));
  }

  #abandon(why: Stopped): void {
    clearTimeout(this.#watchdog);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(why);
  }
}
