/**
 * Copies of a few pages on the device, so that a session can be begun without a network. Each contact brings them up
 * to date: what is not wanted any more goes first. One person's only, and gone when somebody else is signed in.
 */

const PAGES = "holdwell-pages:";
const FILES = "holdwell-files:";
/** The page that is being read comes first. ms */
const SOON = 1500;
/** How often a copy asks whether there is a network again. ms */
const EVERY = 15_000;

/** @param {{user: string, urls: Record<string, string>}} data */
export async function keepReady({ user, urls }) {
  if (!globalThis.caches || !navigator.serviceWorker) return; // plain http, or a browser that is told to keep nothing
  await forget(PAGES + user);
  const registered = await navigator.serviceWorker.register(urls.worker).catch(() => null);
  if (!registered) return;
  let asked = 0;
  const copy = document.querySelector("[data-kept]");
  const again = () => {
    clearTimeout(asked);
    asked = setTimeout(async () => {
      const reached = await bringUpToDate(user, urls.offline).catch(() => false); // no network, or no room
      if (reached && copy) globalThis.location.reload(); // the page itself
    }, SOON);
  };
  again();
  addEventListener("holdwell-sent", again);
  if (!copy) return;
  // A device says that it is online before it is, and some never say it.
  addEventListener("online", again);
  setInterval(again, EVERY);
}

/** @param {string} user @param {string} url @returns {Promise<boolean>} whether the server was reached and is well */
async function bringUpToDate(user, url) {
  const answer = await fetch(url, { redirect: "manual", headers: { Accept: "application/json" } });
  if (answer.status >= 500 || answer.status === 429) return false;
  const wanted = answer.ok ? await answer.json() : null;
  if (wanted?.user !== user) {
    await forget(); // signed out, revoked, or somebody else
    return true;
  }
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
  return true;
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
