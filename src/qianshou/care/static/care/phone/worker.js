// Keeps the app for times without a signal, and sends what waits as soon as there is one.
// VERSION, FILES and sendAll stand above: the server writes them (care/queries/shell.py).

const KEPT = `app-${VERSION}`;

self.addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

async function tidy() {
  for (const name of await caches.keys()) {
    if (name.startsWith("app-") && name !== KEPT) await caches.delete(name);
  }
  await self.clients.claim();
}

self.addEventListener("activate", (event) => event.waitUntil(tidy()));

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (!FILES.includes(address.pathname)) return;
  event.respondWith(
    caches.match(address.pathname, { cacheName: KEPT }).then((kept) => kept || fetch(event.request)),
  );
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "send" || !sendAll) return;
  event.waitUntil(
    sendAll(self.registration.scope).then(async (what) => {
      for (const client of await self.clients.matchAll()) client.postMessage(what);
      // The browser tries again later when this fails.
      if (what === "later") throw new Error("no signal");
    }),
  );
});
