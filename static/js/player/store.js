/**
 * What the player keeps on the device: a session that is under way, sessions that are not sent yet, and the
 * switches for sound. Bound to one user's id; another person on the same device neither sees nor sends it.
 * Ids, numbers and the patient's own note until it is sent; no names. Gone after sending and at sign-out.
 */

const PREFIX = "holdwell:";
/** The server takes a session up to 14 days late; what is older is of no use any more. ms */
const KEEP = 14 * 24 * 3600 * 1000;

export class Store {
  /**
   * @param {Storage} storage
   * @param {string} user
   * @param {number} now   ms since the epoch
   */
  constructor(storage, user, now) {
    this.storage = storage;
    this.own = `${PREFIX}${user}:`;
    this.memory = new Map(); // where the browser refuses to keep anything
    this.dropOld(now);
  }

  /** @param {string} name */
  read(name) {
    try {
      const text = this.storage.getItem(this.own + name);
      return text === null ? (this.memory.get(name) ?? null) : JSON.parse(text);
    } catch {
      return this.memory.get(name) ?? null;
    }
  }

  /** @param {string} name @param {any} value */
  write(name, value) {
    try {
      this.storage.setItem(this.own + name, JSON.stringify(value));
      this.memory.delete(name);
      return true;
    } catch {
      this.memory.set(name, value);
      return false;
    }
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
    return this.read("queue") ?? [];
  }

  /** @param {{id: string, kind: string, body: any, at: number}} entry */
  add(entry) {
    this.write("queue", [...this.queue().filter((e) => e.id !== entry.id), { ...entry, refused: "" }]);
  }

  /** @param {string} id */
  settle(id) {
    const rest = this.queue().filter((e) => e.id !== id);
    if (rest.length) this.write("queue", rest);
    else this.remove("queue");
  }

  /** Keep an entry that the server did not take, with its reason; it blocks no other.
   * @param {string} id @param {string} reason */
  refuse(id, reason) {
    this.write("queue", this.queue().map((e) => (e.id === id ? { ...e, refused: reason } : e)));
  }

  /** The prescriptions with a session under way. @returns {string[]} */
  underWay() {
    const start = `${this.own}session:`;
    return this.keys(start).map((key) => key.slice(start.length));
  }

  /** All that is kept of this user. */
  wipe() {
    this.memory.clear();
    for (const key of this.keys(this.own)) this.storage.removeItem(key);
  }

  /** Whatever is too old to be sent, whoever left it. @param {number} now */
  dropOld(now) {
    for (const key of this.keys(PREFIX)) {
      try {
        const value = JSON.parse(this.storage.getItem(key) ?? "null");
        if (Array.isArray(value)) {
          const young = value.filter((e) => now - e.at < KEEP);
          if (!young.length) this.storage.removeItem(key);
          else if (young.length < value.length) this.storage.setItem(key, JSON.stringify(young));
        } else if (value?.at && now - value.at >= KEEP) {
          this.storage.removeItem(key);
        }
      } catch {
        this.storage.removeItem(key);
      }
    }
  }

  /** @param {string} prefix */
  keys(prefix) {
    try {
      return Object.keys(this.storage).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  }
}
