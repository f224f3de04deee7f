// Service worker of the inspector's pages. It keeps the orders in hand for work without a network:
// the newest page when there is a connection, the kept one when there is none. It keeps nothing
// else, and forgets all pages when the officer signs out or twelve hours have passed.
const PAGES = "tidewaiter-control-pages";
const ASSETS = "tidewaiter-control-assets";
const KEPT_AT = "X-Kept-At";
const LONGEST = 12 * 3600 * 1000;
const FRESH = 10 * 60 * 1000; // younger pages are not fetched again ahead of need
const PATIENCE = 5_000; // milliseconds before a kept page is shown instead of a slow one

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (address.pathname.includes("/static/")) event.respondWith(asset(request));
  else if (isOwnPage(address) && request.mode === "navigate") event.respondWith(page(request, event));
});

self.addEventListener("message", (event) => {
  if (event.data?.kind === "keep") event.waitUntil(keep(event.data));
});

function isOwnPage(address) {
  return /\/control\/my\/(\d+\/(result\/)?)?$/.test(address.pathname);
}

function plain(address) {
  const bare = new URL(address);
  bare.hash = "";
  bare.search = "";
  return bare.href;
}

async function store(address, answer) {
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, String(Date.now()));
  const body = await answer.blob();
  const cache = await caches.open(PAGES);
  await cache.put(plain(address), new Response(body, { status: 200, headers }));
}

async function age(address) {
  const answer = await (await caches.open(PAGES)).match(plain(address), { ignoreVary: true });
  return answer ? Date.now() - Number(answer.headers.get(KEPT_AT)) : Infinity;
}

async function kept(address) {
  const cache = await caches.open(PAGES);
  const answer = await cache.match(plain(address), { ignoreVary: true });
  if (!answer) return null;
  if (Date.now() - Number(answer.headers.get(KEPT_AT)) < LONGEST) return answer;
  await cache.delete(plain(address), { ignoreVary: true });
  return null;
}

async function page(request, event) {
  const old = await kept(request.url);
  const network = fetch(request).then(async (answer) => {
    if (answer.type === "opaqueredirect") await caches.delete(PAGES); // signed out
    else if (answer.ok) event.waitUntil(store(request.url, answer.clone()));
    else if (answer.status === 404) await (await caches.open(PAGES)).delete(plain(request.url), { ignoreVary: true });
    return answer;
  });
  if (!old) return network.catch(async (error) => (await kept(new URL("/control/my/", location.href))) ?? Promise.reject(error));
  const patience = new Promise((resolve) => { setTimeout(() => resolve(old), PATIENCE); });
  return Promise.race([network.catch(() => old), patience]);
}

async function asset(request) {
  const cache = await caches.open(ASSETS);
  const old = await cache.match(request, { ignoreVary: true });
  const network = fetch(request).then((answer) => {
    if (answer.ok) cache.put(request, answer.clone());
    return answer;
  });
  if (!old) return network;
  network.catch(() => null);
  return old;
}

// pages, assets: addresses to have at hand; whole: the list says all orders there are, so that
// pages of other orders are forgotten.
async function keep({ pages, assets, whole }) {
  const cache = await caches.open(ASSETS);
  await Promise.all(assets.map(async (address) => {
    if (!(await cache.match(address))) await cache.add(address).catch(() => null);
  }));
  if (!navigator.onLine) return;
  if (whole) {
    const old = await caches.open(PAGES);
    const wanted = new Set(pages.map(plain));
    for (const request of await old.keys()) if (!wanted.has(request.url)) await old.delete(request);
  }
  for (const address of pages) {
    if ((await age(address)) < FRESH) continue;
    const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
    if (answer?.ok && !answer.redirected) await store(address, answer);
  }
}
