import type { Plugin } from 'vite';

/**
 * The page's Content-Security-Policy. Everything comes from the page's own folder; the one thing
 * beyond `'self'` is compiling the core's WebAssembly. The editor stands in a shadow root, where its
 * styles are constructed sheets and need no `'unsafe-inline'`.
 */
export const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Puts the policy into the built page; the development server injects styles and cannot keep it. */
export function policy(): Plugin {
  return {
    name: 'policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
        injectTo: 'head-prepend',
      },
    ],
  };
}
