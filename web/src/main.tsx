/** Starts the page: the draft or the link, the core, the view, the worker that keeps it offline. */
import { render } from 'preact';

import { App } from './App';
import { FIRST, exampleNamed, loadExample } from './state/gallery';
import { follow } from './state/judge';
import { decodeLink, isLink } from './state/link';
import { done, wrong } from './state/notice';
import { keepSafe, open, resumeCurrent } from './state/session';
import { followTheme } from './state/theme';
import { followTraces } from './state/traces';

/** Opens the link in the address, beside what is there; true if there was one. */
async function openLink(): Promise<boolean> {
  const fragment = location.hash;
  if (!isLink(fragment)) return false;
  // A reload must go on with what became of the link, not with the link.
  history.replaceState(null, '', location.pathname + location.search);
  try {
    const content = await decodeLink(fragment);
    open(content, `Shared: ${content.active}`);
    done('Opened from the link. What you had before is under Drafts.');
    return true;
  } catch (error) {
    wrong(error instanceof Error ? error.message : String(error));
    return false;
  }
}

async function openFirst(): Promise<void> {
  const first = exampleNamed(FIRST);
  if (first) open(await loadExample(first), first.title);
}

async function start(): Promise<void> {
  followTheme();
  const resumed = resumeCurrent();
  const linked = await openLink();
  if (!resumed && !linked) await openFirst();
  keepSafe();
  follow();
  followTraces();
  const place = document.getElementById('app');
  if (place) render(<App />, place);
  addEventListener('hashchange', () => void openLink());
  if (import.meta.env.PROD && 'serviceWorker' in navigator) {
    // Without it the page works as well, as long as there is a network.
    navigator.serviceWorker.register('./sw.js').catch(() => undefined);
  }
}

void start();
