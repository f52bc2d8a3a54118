import { defineConfig } from 'vite';

import { offline } from './build/offline.ts';
import { policy } from './build/policy.ts';

// Relative paths throughout: the built folder works on any host and under any sub-path.
export default defineConfig({
  base: './',
  plugins: [policy(), offline()],
  worker: { format: 'es' },
  build: { target: 'es2022', chunkSizeWarningLimit: 700, assetsInlineLimit: 0 },
  server: { fs: { allow: ['..'] } },
});
