/** What goes from the device: all of a person at sign-out, and whatever is too old, whoever left it. */

import { GONE, keys, LEFT, PREFIX } from "../player/store.js";

/** Twice the time in which the server takes a session: until then it is asked, and says why one is not taken. ms */
const KEEP = 28 * 24 * 3600 * 1000;

/** All that is kept of this user; the other tabs are told to keep nothing from here on either.
 * @param {import("../player/store.js").Store} store */
export function leave(store) {
  for (const name of store.names("")) store.remove(name);
  store.closed = true;
  tell(store, "leaving");
}

/** The server knows of it: the other tabs are told to show nothing of the person any more.
 * @param {import("../player/store.js").Store} store */
export function left(store) {
  tell(store, GONE);
}

/** @param {import("../player/store.js").Store} store @param {string} word */
function tell(store, word) {
  try {
    store.storage.setItem(LEFT, word);
    store.storage.removeItem(LEFT);
  } catch {
    // nobody else keeps anything either
  }
}

/** @param {Storage|null} storage @param {number} now   ms since the epoch */
export function dropOld(storage, now) {
  for (const key of keys(storage, PREFIX)) {
    let young = false;
    try {
      const value = JSON.parse(storage?.getItem(key) ?? "null");
      young = value && !(now - value.at >= KEEP); // what has no date does not age
    } catch {
      // not to be read any more
    }
    if (!young) storage?.removeItem(key);
  }
}
