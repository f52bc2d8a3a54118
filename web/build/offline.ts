import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/**
 * Writes `sw.js`: the service worker of `build/service-worker.js` with the list of all files of this
 * build, under a version that changes with any of their bytes.
 */
export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const hash = createHash('sha256');
      const files = new Map<string, string | Uint8Array>();
      for (const item of Object.values(bundle)) {
        files.set(item.fileName, item.type === 'chunk' ? item.code : item.source);
      }
      for (const name of readdirSync('public')) {
        files.set(name, readFileSync(join('public', name)));
      }
      const names = [...files.keys()].sort();
      for (const name of names) hash.update(name).update(files.get(name) ?? '');
      const template = readFileSync('build/service-worker.js', 'utf8');
      hash.update(template);
      const source = template
        .replace("'VERSION'", JSON.stringify(hash.digest('hex').slice(0, 16)))
        .replace("['FILES']", JSON.stringify(names));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}
