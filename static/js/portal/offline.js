/**
 * Copies of a few pages on the device, so that a session can be begun without a network. Each contact brings them up
 * to date: what is not wanted any more goes first. One person's only, and gone when somebody else is signed in.
 */

const PAGES = "holdwell-pages:";
const FILES = "holdwell-files:";
/** The page that is being read comes first. ms */
const SOON = 1500;

/** @param {{user: string, urls: Record<string, string>}} data */
export async function keepReady({ user, urls }) {
  if (!globalThis.caches || !navigator.serviceWorker) return; // plain http, or a browser that is told to keep nothing
  await forget(PAGES + user);
  const registered = await navigator.serviceWorker.register(urls.worker).catch(() => null);
  if (!registered) return;
  let asked = 0;
  const again = () => {
    clearTimeout(asked);
    asked = setTimeout(() => bringUpToDate(user, urls.offline).catch(() => {}), SOON); // no network, or no room
  };
  again();
  addEventListener("holdwell-sent", again);
  // On a copy: whenever there may be a network again, the page itself.
  if (document.querySelector("[data-kept]")) addEventListener("online", () => globalThis.location.reload());
}

/** @param {string} user @param {string} url */
async function bringUpToDate(user, url) {
  const answer = await fetch(url, { redirect: "manual", headers: { Accept: "application/json" } });
  if (answer.status >= 500 || answer.status === 429) return;
  const wanted = answer.ok ? await answer.json() : null;
  if (wanted?.user !== user) return forget(); // signed out, revoked, or somebody else
  const pages = await caches.open(PAGES + user);
  const keys = wanted.pages.map((/** @type {any} */ page) => page.key);
  for (const request of await pages.keys()) if (!keys.includes(addressOf(request))) await pages.delete(request);
  const files = await caches.open(FILES + wanted.release);
  const there = (await files.keys()).map(addressOf);
  await files.addAll(wanted.files.filter((/** @type {string} */ file) => !there.includes(file)));
  const known = (await pages.keys()).map(addressOf);
  for (const { key, source } of wanted.pages) {
    if (known.includes(key)) continue;
    const copy = await fetch(source, { redirect: "manual" });
    if (copy.ok) await pages.put(key, copy);
  }
  for (const name of await caches.keys()) {
    if (name.startsWith(FILES) && name !== FILES + wanted.release) await caches.delete(name);
  }
}

/** @param {Request} request */
function addressOf({ url }) {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** All pages that are kept, but for one person's. @param {string} [but] */
export async function forget(but) {
  const names = await (globalThis.caches?.keys() ?? []);
  const gone = names.filter((name) => name.startsWith(PAGES) && name !== but);
  await Promise.all(gone.map((name) => caches.delete(name)));
}
