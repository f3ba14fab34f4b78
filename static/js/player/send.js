/** Sending what is kept. Sessions and answers carry an id made here: twice is harmless. None holds up the others. */

/** Milliseconds after which a request counts as not sent. */
const PATIENCE = 20_000;

export class Sender {
  /**
   * @param {import("./store.js").Store} store
   * @param {any} data   of the page (patients/portal/player.py)
   * @param {typeof fetch} [fetcher]
   */
  constructor(store, data, fetcher = (...request) => fetch(...request)) {
    this.store = store;
    this.data = data;
    this.fetcher = fetcher;
    /** @type {Promise<any>|null} */
    this.running = null;
  }

  /**
   * Send all that waits. `trouble`: why something waits still: "network", "server", "sign_in".
   * @returns {Promise<{waiting: number, refused: any[], trouble: string}>}
   */
  flush() {
    this.running ??= this.inTurn().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** One tab at a time, where the browser can tell; one that hangs holds nobody up for long. */
  inTurn() {
    const all = () => this.sendAll();
    const locks = globalThis.navigator?.locks;
    return locks ? locks.request("holdwell", { signal: AbortSignal.timeout(PATIENCE) }, all).catch(all) : all();
  }

  async sendAll() {
    let trouble = "";
    const tried = new Set();
    // Asked anew each time: something may be added meanwhile.
    const next = () => this.store.queue().find((e) => !e.refused && !tried.has(e.id));
    for (let entry = next(); entry; entry = next()) {
      tried.add(entry.id);
      const { status, body } = await this.post(this.data.urls[entry.kind], entry.body);
      if (status < 300 && body) {
        this.store.settle(entry.id);
        globalThis.dispatchEvent?.(new Event("holdwell-sent"));
      } else if (status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status)) {
        this.store.refuse(entry.id, reason(body) || this.data.texts.refused);
      } else {
        trouble = [401, 403].includes(status) ? "sign_in" : status > 403 ? "server" : "network";
        if (trouble !== "server") break; // the others would fare no better
      }
    }
    const left = this.store.queue();
    const refused = left.filter((e) => e.refused);
    return { waiting: left.length - refused.length, refused, trouble };
  }

  /**
   * @param {string} url
   * @param {any} body
   * @returns {Promise<{status: number, body: any}>} status 0: no answer; no body: a hotel's page, not ours
   */
  async post(url, body) {
    try {
      const response = await this.fetcher(url, {
        method: "POST",
        credentials: "same-origin",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "X-CSRFToken": csrfToken(this.data.csrf),
          "X-Holdwell-User": this.data.user,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE),
      });
      return { status: response.status, body: await response.json().catch(() => null) };
    } catch {
      return { status: 0, body: null };
    }
  }
}

/** The cookie's own value is fresher than the page's, after a new sign-in in another tab.
 * @param {{cookie: string, token: string}} csrf */
function csrfToken({ cookie, token }) {
  const found = document.cookie.split("; ").find((c) => c.startsWith(`${cookie}=`));
  return found ? found.slice(cookie.length + 1) : token;
}

/** What a problem document says, field by field. @param {any} body */
function reason(body) {
  const errors = (body?.errors ?? []).map((/** @type {any} */ e) => e.message).filter(Boolean);
  return errors.length ? errors.join(" ") : (body?.detail ?? "");
}

/** A session as POST /api/v1/sessions/ takes it.
 * @param {string} prescription
 * @param {any} session   as the player keeps it
 * @param {{pain_after: number|null, difficulty: string, note: string}} ratings
 */
export function sessionBody(prescription, session, ratings) {
  return {
    id: session.id,
    prescription,
    revision: session.revision,
    started_at: stamp(session.startedAt),
    ended_at: stamp(session.endedAt ?? session.at),
    pain_before: session.painBefore,
    ...ratings,
    source: "player",
    items: session.items,
  };
}

/** Safety answers as POST /api/v1/safety-screens/ takes them.
 * @param {string} id
 * @param {Record<string, boolean>} answers
 * @param {number} at   ms since the epoch
 */
export function screenBody(id, answers, at) {
  return { id, answered_at: stamp(at), answers };
}

/** ISO 8601 with the offset of this device at that moment. @param {number} ms */
function stamp(ms) {
  const minutes = -new Date(ms).getTimezoneOffset();
  const two = (/** @type {number} */ n) => String(Math.floor(Math.abs(n))).padStart(2, "0");
  const local = new Date(ms + minutes * 60_000).toISOString().slice(0, 19);
  return `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** A random id (version 4). `crypto.randomUUID` is missing where a clinic serves plain http. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Call back when there may be something to send, or a chance to. @param {() => void} callback */
export function whenReachable(callback) {
  addEventListener("online", callback);
  addEventListener("pageshow", (event) => event.persisted && callback());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") callback();
  });
}
