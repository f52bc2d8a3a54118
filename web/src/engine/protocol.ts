/** What page and worker say to each other. */
import type { Playground } from '../wasm/clnrm_wasm.js';

type Methods<T> = {
  [M in Extract<keyof T, string> as T[M] extends (...args: never) => unknown ? M : never]: T[M];
};

/** The methods of the core's surface. */
export type Surface = Methods<Playground>;

/** Page to worker: a method of the core, to be answered under `id`. */
export interface Call {
  readonly id: number;
  readonly method: keyof Surface;
  readonly args: readonly unknown[];
}

/** Worker to page. */
export type Answer =
  | { readonly kind: 'ready' }
  /** The core cannot run here at all. */
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  /** The call itself was wrong; the core goes on. */
  | { readonly kind: 'refused'; readonly id: number; readonly message: string }
  /** The core broke while it answered, and must be replaced. */
  | { readonly kind: 'broke'; readonly id: number; readonly message: string };
