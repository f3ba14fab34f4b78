/**
 * The service worker: answers for the portal's pages when the network does not, with the copies that offline.js has
 * kept, and takes them away when somebody signs in or out. It keeps nothing itself, touches no page of the staff and no
 * answer of the API, and a new one waits until no page of the old is open. `places`: patients/portal/views_offline.py.
 */

const PAGES = "holdwell-pages:";
/** How long the network may take when there is a copy to show instead. ms */
const PATIENCE = 5000;
const places = /** @type {any} */ (self).places;
const { location } = self;

addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode !== "navigate") {
    if (request.method === "GET" && url.pathname.startsWith(places.files)) event.respondWith(file(request));
  } else if (request.method === "POST") {
    // A sign-in or a sign-out: whose device this is may be another's now.
    if (url.pathname.startsWith(places.account)) event.waitUntil(forget());
  } else if (url.pathname === places.home || places.portal.some((/** @type {string} */ p) => url.pathname.startsWith(p))) {
    event.respondWith(page(request, url));
  }
});

/** @param {Request} request @param {URL} url */
async function page(request, url) {
  const kept = url.search ? undefined : await copyOf(url.pathname);
  try {
    const answer = await (kept ? Promise.race([fetch(request), late()]) : fetch(request));
    if (kept && answer.status >= 500) return kept;
    // Asked to sign in, or told that this is nobody's business here: the device keeps nothing for them.
    if (kept && !answer.ok) await forget();
    return answer;
  } catch {
    if (kept) return kept;
    return (await copyOf(places.today)) ? Response.redirect(places.today) : Response.error();
  }
}

/** Files under a name with a digest never change; others only stand in. @param {Request} request */
async function file(request) {
  const kept = await caches.match(request.url, { ignoreVary: true });
  if (kept && /\.[0-9a-f]{12}\.\w+$/.test(request.url)) return kept;
  return fetch(request).catch(() => kept ?? Response.error());
}

/** The copy that holds now for an address; else the one that always does. @param {string} path */
async function copyOf(path) {
  const mine = (await caches.keys()).filter((name) => name.startsWith(PAGES));
  if (mine.length !== 1) return undefined; // nobody's, or not to be told whose
  const cache = await caches.open(mine[0]);
  let found;
  for (const request of await cache.keys()) {
    const { pathname, searchParams: holds } = new URL(request.url);
    if (pathname !== path) continue;
    const dated = holds.has("from");
    if (dated && !(Number(holds.get("from")) <= Date.now() && Date.now() < Number(holds.get("until")))) continue;
    found = dated ? request : (found ?? request);
    if (dated) break;
  }
  return found && cache.match(found, { ignoreVary: true });
}

async function forget() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PAGES));
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** @returns {Promise<never>} */
function late() {
  return new Promise((_resolve, reject) => {
    setTimeout(reject, PATIENCE);
  });
}
