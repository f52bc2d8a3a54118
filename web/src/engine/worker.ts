/** The worker: loads the core and answers calls in the order in which they come. */
import url from '../wasm/clnrm_wasm_bg.wasm?url';
import init, { Playground } from '../wasm/clnrm_wasm.js';
import type { Answer, Call } from './protocol';

// Not `postMessage`: after a key Chromium holds back what a worker posts until the letter is drawn, and
// the squiggle would come a frame late. A channel's messages are not held back.
const channel = new BroadcastChannel(self.name);
const say = (answer: Answer) => channel.postMessage(answer);

async function load(): Promise<Playground | undefined> {
  try {
    await init({ module_or_path: url });
    const playground = new Playground();
    say({ kind: 'ready' });
    return playground;
  } catch (error) {
    say({ kind: 'unavailable', message: String(error) });
    return undefined;
  }
}

const loading = load();

onmessage = async ({ data: { id, method, args } }: MessageEvent<Call>) => {
  const playground = await loading;
  if (!playground) return;
  try {
    const core = playground as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
    say({ kind: 'result', id, value: core[method]?.(...args) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The core's own errors carry a code; anything else is WebAssembly that trapped.
    const refused = error instanceof Error && 'code' in error;
    say({ kind: refused ? 'refused' : 'broke', id, message });
  }
};
