/** What the service worker answers, and what it leaves alone (docs/decisions.md). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, describe, test } from "node:test";
import { runInNewContext } from "node:vm";

const HERE = "https://clinic.example";
const SESSION = "/sessions/1/";
const places = {
  home: "/",
  today: "/today/",
  portal: ["/today/", "/progress/", "/sessions/"],
  account: "/account/",
  files: "/static/",
};

/** Cache Storage, as much of it as is asked for: caches by name, texts by address. */
class Shelf {
  constructor() {
    this.caches = new Map();
  }

  fill(name, texts) {
    const entries = new Map(Object.entries(texts).map(([address, text]) => [HERE + address, text]));
    const found = (request) => entries.get(request.url ?? request);
    this.caches.set(name, {
      keys: async () => [...entries.keys()].map((url) => ({ url })),
      match: async (request) => (found(request) === undefined ? undefined : new Response(found(request))),
    });
  }

  async keys() {
    return [...this.caches.keys()];
  }

  async open(name) {
    return this.caches.get(name);
  }

  async delete(name) {
    return this.caches.delete(name);
  }

  async match(request) {
    for (const cache of this.caches.values()) {
      const found = await cache.match(request);
      if (found) return found;
    }
    return undefined;
  }
}

let shelf;
let now;
let network;
let listener;
let timers;

beforeEach(() => {
  shelf = new Shelf();
  now = 1000;
  network = async () => new Response("from the network");
  timers = [];
  const clock = class extends Date {
    static now() {
      return now;
    }
  };
  runInNewContext(readFileSync(new URL("./worker.js", import.meta.url), "utf8"), {
    self: { places, location: new URL(HERE) },
    addEventListener: (_type, act) => {
      listener = act;
    },
    caches: shelf,
    fetch: (request) => network(request),
    setTimeout: (act, ms) => timers.push([act, ms]),
    Response: Object.assign(Response, { redirect: (to) => ({ redirectedTo: to }) }),
    URL,
    Date: clock,
    Promise,
  });
});

/** What is answered; undefined where the worker leaves it to the browser. */
async function ask(path, more = {}) {
  let answer;
  const waits = [];
  listener({
    request: { url: HERE + path, method: "GET", mode: "navigate", ...more },
    respondWith: (promise) => {
      answer = promise;
    },
    waitUntil: (promise) => waits.push(promise),
  });
  await Promise.all(waits);
  return answer;
}

const offline = async () => {
  throw new TypeError("no network");
};
const textOf = async (path, more) => (await ask(path, more)).text();
const copies = () => {
  shelf.fill("holdwell-pages:pat", {
    [`${SESSION}?tag=a&from=0&until=2000`]: "the session of today",
    [`${SESSION}?tag=b&from=2000&until=3000`]: "the session of tomorrow",
    "/today/?tag=c": "too late",
    "/today/?tag=d&from=0&until=2000": "today",
  });
};

describe("without a network", () => {
  beforeEach(() => {
    copies();
    network = offline;
  });

  test("the copy that holds now is shown", async () => {
    assert.equal(await textOf(SESSION), "the session of today");
    assert.equal(await textOf("/today/"), "today");
    now = 2000;
    assert.equal(await textOf(SESSION), "the session of tomorrow");
    assert.equal(await textOf("/today/"), "too late");
  });

  test("no session is begun from a copy that is too old, or whose day has not come", async () => {
    for (const at of [-1, 3000]) {
      now = at;
      assert.deepEqual(await ask(SESSION), { redirectedTo: "/today/" });
    }
  });

  test("whatever else of the portal cannot be reached leads to Today", async () => {
    for (const path of ["/", "/progress/", "/sessions/2/", `${SESSION}?list=1`]) {
      assert.deepEqual(await ask(path), { redirectedTo: "/today/" });
    }
  });

  test("with the copies of two people there is none", async () => {
    shelf.fill("holdwell-pages:quinn", { "/today/?tag=e": "Quinn's" });
    assert.equal((await ask("/today/")).type, "error");
  });
});

describe("with a network", () => {
  beforeEach(copies);

  test("the network answers", async () => {
    assert.equal(await textOf(SESSION), "from the network");
  });

  test("one that takes too long does not", async () => {
    network = () => new Promise(() => {});
    const answer = ask(SESSION);
    while (!timers.length) await new Promise(setImmediate);
    const [[act, ms]] = timers;
    assert.equal(ms, 5000);
    act();
    assert.equal(await (await answer).text(), "the session of today");
  });

  test("a server in trouble does not, and takes nothing away", async () => {
    network = async () => new Response("", { status: 502 });
    assert.equal(await textOf(SESSION), "the session of today");
    assert.deepEqual(await shelf.keys(), ["holdwell-pages:pat"]);
  });

  test("to be asked to sign in, or sent away, takes the copies away", async () => {
    for (const refused of [{ ok: false, status: 0, type: "opaqueredirect" }, new Response("", { status: 403 })]) {
      copies();
      network = async () => refused;
      assert.equal(await ask("/today/"), refused);
      assert.deepEqual(await shelf.keys(), []);
    }
  });

  test("a sign-in or sign-out takes the copies away, and no files", async () => {
    shelf.fill("holdwell-files:1", {});
    assert.equal(await ask("/account/logout/", { method: "POST" }), undefined);
    assert.deepEqual(await shelf.keys(), ["holdwell-files:1"]);
  });

  test("the staff's pages, the API and whatever is sent are nobody's business here", async () => {
    for (const path of ["/desk/1/", "/library/", "/operate/", "/account/login/"]) {
      assert.equal(await ask(path), undefined);
    }
    assert.equal(await ask("/api/v1/sessions/", { mode: "cors", method: "POST" }), undefined);
    assert.equal(await ask("/offline/", { mode: "cors" }), undefined);
    assert.equal(await ask(SESSION, { method: "POST" }), undefined);
    assert.deepEqual(await shelf.keys(), ["holdwell-pages:pat"]);
  });
});

describe("a file", () => {
  const ask_file = (path) => textOf(path, { mode: "no-cors" });

  test("whose name carries a digest comes from the device", async () => {
    shelf.fill("holdwell-files:1", { "/static/js/a.0123456789ab.js": "kept" });
    assert.equal(await ask_file("/static/js/a.0123456789ab.js"), "kept");
  });

  test("without one is asked for first", async () => {
    shelf.fill("holdwell-files:1", { "/static/js/a.js": "kept" });
    assert.equal(await ask_file("/static/js/a.js"), "from the network");
    network = offline;
    assert.equal(await ask_file("/static/js/a.js"), "kept");
  });
});
