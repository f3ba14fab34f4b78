/**
 * Shows what the server pushes, opens the page that it speaks of, and tells the server when the browser has renewed its
 * subscription (to the address that its own carries as `renewed`). A worker of its own: it reaches no page, so that
 * nothing but messages depends on it; another worker may as well import it. The payload: patients/reaching/push.py.
 */

addEventListener("push", (/** @type {any} */ event) => {
  const { title, text, path, tag } = event.data.json();
  // With the same tag a repeat takes the place of the first.
  const shown = /** @type {any} */ (self).registration.showNotification(title, { body: text, tag, data: { path } });
  event.waitUntil(Promise.all([shown, present().then((mine) => mine && keep(mine))]));
});

addEventListener("pushsubscriptionchange", (/** @type {any} */ event) => event.waitUntil(renewed(event)));

addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(open(new URL(event.notification.data.path || "/", self.location.origin)));
});

/** A page that shows it already comes to the front; else a new one is opened. @param {URL} url */
async function open(url) {
  if (url.origin !== self.location.origin) return;
  const { clients } = /** @type {any} */ (self);
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((/** @type {any} */ page) => new URL(page.url).pathname === url.pathname);
  await (there ? there.focus() : clients.openWindow(url.href));
}

/** Where the last subscription is kept: not every browser says which one has ended. */
const SHELF = "holdwell-push";
const KEPT = "/last-subscription";

/** @typedef {{ endpoint: string, auth: string, key: number[] }} Last */

/**
 * Should the server not be reached now, its next push fails and a mail takes its place.
 * @param {{ oldSubscription?: PushSubscription|null, newSubscription?: PushSubscription|null }} change
 */
async function renewed({ oldSubscription, newSubscription }) {
  const last = oldSubscription ? told(oldSubscription) : await kept();
  const to = new URL(new URL(self.location.href).searchParams.get("renewed") ?? "", self.location.origin);
  if (!last || to.pathname === "/" || to.origin !== self.location.origin) return;
  const now = newSubscription ?? (await present());
  const mine = now && now.endpoint !== last.endpoint ? now : await again(last);
  const { endpoint, keys } = mine.toJSON();
  if (!endpoint || endpoint === last.endpoint) return;
  const body = new URLSearchParams({ old_endpoint: last.endpoint, old_auth: last.auth, endpoint, ...keys });
  // The old secret is the proof; nothing depends on who is signed in.
  const answer = await fetch(to.href, { method: "POST", body, credentials: "omit" });
  if (answer.ok) await keep(mine);
}

/** @returns {Promise<PushSubscription|null>} */
function present() {
  return /** @type {any} */ (self).registration.pushManager.getSubscription();
}

/** @param {Last} last @returns {Promise<PushSubscription>} */
function again({ key }) {
  const wanted = { userVisibleOnly: true, applicationServerKey: Uint8Array.from(key) };
  return /** @type {any} */ (self).registration.pushManager.subscribe(wanted);
}

/** @param {PushSubscription} subscription @returns {Last} */
function told(subscription) {
  const key = subscription.options.applicationServerKey;
  const { endpoint = "", keys } = subscription.toJSON();
  return { endpoint, auth: keys?.auth ?? "", key: [...new Uint8Array(key ?? new ArrayBuffer(0))] };
}

/** @param {PushSubscription} subscription */
async function keep(subscription) {
  await (await caches.open(SHELF)).put(KEPT, new Response(JSON.stringify(told(subscription))));
}

/** @returns {Promise<Last|undefined>} */
async function kept() {
  return (await (await caches.open(SHELF)).match(KEPT))?.json();
}
