/** What stays on the device, and what goes: queue, owner, age, refusals (docs/rules.md 5). */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { newId, screenBody, Sender } from "./send.js";
import { Store } from "./store.js";

const DAY = 24 * 3600 * 1000;
const NOW = 1_800_000_000_000;

class Shelf {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }

  setItem(key, value) {
    this[key] = value;
  }

  removeItem(key) {
    delete this[key];
  }
}

let shelf;
const storeOf = (user, now = NOW) => new Store(shelf, user, now);
const entry = (id, at = NOW) => ({ id, kind: "session", body: { id }, at });

beforeEach(() => {
  shelf = new Shelf();
  globalThis.document = { cookie: "other=1; csrftoken=fresh" };
});

describe("the store", () => {
  test("another person on the same device sees nothing", () => {
    storeOf("pat").add(entry("1"));
    storeOf("pat").write("session:p", { at: NOW });
    const other = storeOf("quinn");
    assert.deepEqual(other.queue(), []);
    assert.equal(other.read("session:p"), null);
  });

  test("signing out leaves nothing of the person behind", () => {
    const store = storeOf("pat");
    store.add(entry("1"));
    store.write("switches", { tones: false });
    shelf.setItem("something-else", "1");
    store.wipe();
    assert.deepEqual(Object.keys(shelf), ["something-else"]);
  });

  test("what is sent is gone, and an empty queue leaves no key", () => {
    const store = storeOf("pat");
    store.add(entry("1"));
    store.settle("1");
    assert.deepEqual(Object.keys(shelf), []);
  });

  test("what is too old to be taken is dropped, whoever left it", () => {
    storeOf("pat").add(entry("old", NOW - 15 * DAY));
    storeOf("pat", NOW - 15 * DAY).add(entry("young", NOW - DAY));
    storeOf("quinn", NOW - 15 * DAY).write("session:p", { at: NOW - 15 * DAY });
    storeOf("sam");
    assert.deepEqual(storeOf("pat").queue().map((e) => e.id), ["young"]);
    assert.equal(storeOf("quinn").read("session:p"), null);
  });

  test("a browser that keeps nothing still works until the page is left", () => {
    shelf.setItem = () => {
      throw new Error("full");
    };
    const store = storeOf("pat");
    store.add(entry("1"));
    assert.deepEqual(store.queue().map((e) => e.id), ["1"]);
    store.settle("1");
    assert.deepEqual(store.queue(), []);
  });
});

test("the store knows what is under way", () => {
  storeOf("pat").write("session:abc", { at: NOW });
  assert.deepEqual(storeOf("pat").underWay(), ["abc"]);
  assert.deepEqual(storeOf("quinn").underWay(), []);
});

test("an id is a version 4 UUID, and never the same", () => {
  const ids = new Set(Array.from({ length: 100 }, newId));
  assert.equal(ids.size, 100);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

describe("sending", () => {
  const data = {
    urls: { session: "/s", screen: "/q" },
    csrf: { cookie: "csrftoken", token: "of-the-page" },
    texts: { refused: "Not taken." },
  };
  const calls = [];
  const answering = (answers) => {
    calls.length = 0;
    return async (url, request) => {
      const id = JSON.parse(request.body).id;
      calls.push({ url, id, headers: request.headers });
      const [status, body] = answers[id] ?? [201, {}];
      if (status === 0) throw new TypeError("network");
      return new Response(JSON.stringify(body), { status });
    };
  };
  const filled = (...ids) => {
    const store = storeOf("pat");
    for (const id of ids) store.add(entry(id));
    return store;
  };

  test("all that waits goes, in order, with the cookie's fresh token", async () => {
    const store = filled("1", "2");
    const { waiting, refused } = await new Sender(store, data, answering({})).flush();
    assert.deepEqual([waiting, refused], [0, []]);
    assert.deepEqual(calls.map((c) => c.id), ["1", "2"]);
    assert.equal(calls[0].headers["X-CSRFToken"], "fresh");
  });

  test("one bad entry among several blocks no other, and says why", async () => {
    const store = filled("1", "2", "3");
    const bad = [400, { errors: [{ field: "pain_after", message: "A whole number from 0 to 10." }] }];
    const { waiting, refused } = await new Sender(store, data, answering({ 2: bad })).flush();
    assert.equal(waiting, 0);
    assert.deepEqual(refused.map((e) => [e.id, e.refused]), [["2", "A whole number from 0 to 10."]]);
    await new Sender(store, data, answering({})).flush();
    assert.deepEqual(calls, [], "a refused entry is not sent again by itself");
  });

  test("the same id with other content is kept and named", async () => {
    const store = filled("1");
    const conflict = [409, { detail: "This session is kept already." }];
    const { refused } = await new Sender(store, data, answering({ 1: conflict })).flush();
    assert.equal(refused[0].refused, "This session is kept already.");
  });

  test("without a network all waits", async () => {
    const store = filled("1", "2");
    const { waiting } = await new Sender(store, data, answering({ 1: [0] })).flush();
    assert.equal(waiting, 2);
    assert.equal(calls.length, 1);
  });

  test("a server in trouble keeps one entry and takes the next", async () => {
    const { waiting } = await new Sender(filled("1", "2"), data, answering({ 1: [503, {}] })).flush();
    assert.equal(waiting, 1);
  });

  test("an expired sign-in keeps everything and asks for it", async () => {
    const { waiting, signIn } = await new Sender(filled("1", "2"), data, answering({ 1: [403, {}] })).flush();
    assert.deepEqual([waiting, signIn], [2, true]);
  });

  test("asked twice at the same moment it sends once", async () => {
    const sender = new Sender(filled("1"), data, answering({}));
    await Promise.all([sender.flush(), sender.flush()]);
    assert.equal(calls.length, 1);
  });
});

test("safety answers carry the id and the moment at which they were given", () => {
  const body = screenBody("1", { recent_fall: false }, NOW + 250);
  assert.deepEqual([body.id, body.answers], ["1", { recent_fall: false }]);
  assert.match(body.answered_at, /[+-]\d\d:\d\d$/);
  assert.equal(Date.parse(body.answered_at), NOW);
});
