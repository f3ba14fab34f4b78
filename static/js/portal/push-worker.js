/**
 * Shows what the server pushes, and opens the page that it speaks of. A worker of its own: it reaches no page, so that
 * nothing but messages depends on it; another worker may as well import it. The payload: patients/reaching/push.py.
 */

addEventListener("push", (/** @type {any} */ event) => {
  const { title, text, path, tag } = event.data.json();
  // With the same tag a repeat takes the place of the first.
  const shown = /** @type {any} */ (self).registration.showNotification(title, { body: text, tag, data: { path } });
  event.waitUntil(shown);
});

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
