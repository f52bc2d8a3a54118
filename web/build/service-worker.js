// Keeps the page working without a network. All files of a build are fetched when it is first seen
// and answered from then on; a new build takes over once no tab shows the old one, so that a page
// never mixes two of them. `build/offline.ts` fills in the version and the files.
/* global self, caches, fetch */

const PREFIX = 'clnrm-playground:' + self.registration.scope + ':';
const CACHE = PREFIX + 'VERSION';
const FILES = ['FILES'];

self.addEventListener('install', (event) => {
  // `reload`: past the browser's own cache, which may still hold files of the build before.
  const requests = FILES.map((file) => new Request(file, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys().then((names) => {
      const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
      return Promise.all(old.map((name) => caches.delete(name)));
    }),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(self.registration.scope)) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  const key =
    request.mode === 'navigate' ? new URL('index.html', self.registration.scope) : request;
  return (await cache.match(key, { ignoreSearch: true })) ?? fetch(request);
}
