/**
 * What the player keeps on the device: the session under way, what is not sent yet, the switches for sound.
 * Bound to one user's id: another person on the device neither sees nor sends it. Ids, numbers and the patient's
 * own note; no names. Each entry has a key of its own: two tabs never write over each other's.
 */

export const PREFIX = "holdwell:";
/** The switches as they are until somebody changes them. */
export const SWITCHES = { tones: true, voice: true, vibration: true, awake: true, wait: false };
/** Written for a moment, to tell the other tabs of a sign-out: that it begins, and then that it is over (`GONE`). */
export const LEFT = `${PREFIX}left`;
export const GONE = "gone";

/** Null where the browser refuses even to be asked. */
export function shelf() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

export class Store {
  /** @param {Storage|null} storage @param {string} user */
  constructor(storage, user) {
    this.storage = /** @type {Storage} */ (storage);
    this.own = `${PREFIX}${user}:`;
    this.memory = new Map(); // where the browser refuses to keep anything
    this.closed = false;
    this.keeps = this.write("try", {});
    this.remove("try");
  }

  /** @param {string} name */
  read(name) {
    if (this.memory.has(name)) return this.memory.get(name);
    try {
      return JSON.parse(this.storage.getItem(this.own + name) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {string} name @param {any} value @returns {boolean} whether it outlives the page */
  write(name, value) {
    if (this.closed) return false;
    try {
      this.storage.setItem(this.own + name, JSON.stringify(value));
      this.memory.delete(name);
      this.keeps = true;
    } catch {
      this.memory.set(name, value);
      this.keeps = false;
    }
    return this.keeps;
  }

  /** @param {string} name */
  remove(name) {
    this.memory.delete(name);
    try {
      this.storage.removeItem(this.own + name);
    } catch {
      // nothing was kept, so nothing is left
    }
  }

  /** Entries not sent yet, oldest first: {id, kind, body, at, refused}. @returns {any[]} */
  queue() {
    const entries = this.names("queue:").map((name) => this.read(name));
    return entries.filter(Boolean).sort((a, b) => a.at - b.at);
  }

  /** @param {{id: string, kind: string, body: any, at: number}} entry */
  add(entry) {
    this.write(`queue:${entry.id}`, { ...entry, refused: "" });
  }

  /** @param {string} id */
  settle(id) {
    this.remove(`queue:${id}`);
  }

  /** What the server did not take, and why; without a reason it is tried anew. @param {string} id @param {string} reason */
  refuse(id, reason) {
    const entry = this.read(`queue:${id}`);
    if (entry) this.write(`queue:${id}`, { ...entry, refused: reason });
  }

  /** Was a yes to a safety question not sent yet? */
  saidYes() {
    return this.queue().some((e) => e.kind === "screen" && Object.values(e.body.answers).some(Boolean));
  }

  /** Keep nothing more when the person signs out in another tab, and call back once they have. @param {() => void} callback */
  whenLeft(callback) {
    addEventListener("storage", (event) => {
      if (event.key !== LEFT || !event.newValue) return;
      this.closed = true;
      if (event.newValue === GONE) callback();
    });
  }

  /** What is kept of this user under names that begin so. @param {string} start */
  names(start) {
    const kept = keys(this.storage, this.own + start).map((key) => key.slice(this.own.length));
    return [...new Set([...kept, ...[...this.memory.keys()].filter((name) => name.startsWith(start))])];
  }
}

/** @param {Storage|null} storage @param {string} start @returns {string[]} */
export function keys(storage, start) {
  try {
    return Object.keys(/** @type {Storage} */ (storage)).filter((key) => key.startsWith(start));
  } catch {
    return [];
  }
}
