/** What stays on the device, and what goes: queue, owner, age, refusals (docs/rules.md 5). */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { dropOld, leave, left } from "./leaving.js";
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
const storeOf = (user) => new Store(shelf, user);
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

  test("signing out leaves nothing of the person behind, and nothing is kept from there on", () => {
    const store = storeOf("pat");
    store.add(entry("1"));
    store.write("switches", { tones: false });
    shelf.setItem("something-else", "1");
    leave(store);
    store.write("session:p", { at: NOW });
    assert.deepEqual(Object.keys(shelf), ["something-else"]);
  });

  test("the other tabs keep nothing once it begins, and leave once it is over", () => {
    const told = [];
    const listeners = [];
    globalThis.addEventListener = (_type, listener) => listeners.push(listener);
    const [here, there] = [storeOf("pat"), storeOf("pat")];
    there.whenLeft(() => told.push("left"));
    const write = shelf.setItem.bind(shelf);
    Object.defineProperty(shelf, "setItem", {
      configurable: true,
      enumerable: false,
      value: (key, newValue) => {
        write(key, newValue);
        for (const listener of listeners) listener({ key, newValue });
      },
    });
    leave(here);
    assert.deepEqual([there.closed, told], [true, []]);
    left(here);
    assert.deepEqual(told, ["left"]);
    delete globalThis.addEventListener;
  });

  test("what is sent is gone, and an empty queue leaves no key", () => {
    const store = storeOf("pat");
    store.add(entry("1"));
    store.settle("1");
    assert.deepEqual(Object.keys(shelf), []);
  });

  test("two tabs never write over each other's sessions", () => {
    const [one, two] = [storeOf("pat"), storeOf("pat")];
    one.add(entry("1", NOW));
    two.add(entry("2", NOW - 1));
    one.refuse("2", "Not taken.");
    two.settle("1");
    two.refuse("1", "Sent and refused at once.");
    assert.deepEqual(one.queue().map((e) => [e.id, e.refused]), [["2", "Not taken."]]);
  });

  test("what is far too old to be taken is dropped, whoever left it; what has no date stays", () => {
    storeOf("pat").add(entry("old", NOW - 29 * DAY));
    storeOf("pat").add(entry("late", NOW - 15 * DAY)); // the server is to say why
    storeOf("quinn").write("session:p", { at: NOW - 29 * DAY });
    storeOf("quinn").write("switches", { tones: false });
    dropOld(shelf, NOW);
    assert.deepEqual(storeOf("pat").queue().map((e) => e.id), ["late"]);
    assert.equal(storeOf("quinn").read("session:p"), null);
    assert.deepEqual(storeOf("quinn").read("switches"), { tones: false });
  });

  test("a browser that keeps nothing still works until the page is left, and says so", () => {
    for (const refusing of [null, shelf]) {
      shelf.setItem = () => {
        throw new Error("full");
      };
      const store = new Store(refusing, "pat");
      assert.equal(store.keeps, false);
      store.add(entry("1"));
      assert.deepEqual(store.queue().map((e) => e.id), ["1"]);
      store.settle("1");
      assert.deepEqual(store.queue(), []);
    }
  });

  test("a shelf that gets full in the middle is not read for what it could not take", () => {
    const store = storeOf("pat");
    store.write("session:p", { held: 1 });
    assert.equal(store.keeps, true);
    shelf.setItem = () => {
      throw new Error("full");
    };
    store.write("session:p", { held: 2 });
    assert.deepEqual([store.read("session:p"), store.keeps], [{ held: 2 }, false]);
  });

  test("a yes that the clinic does not know of is remembered", () => {
    const store = storeOf("pat");
    const screen = (id, yes) => ({ id, kind: "screen", body: { id, answers: { fever_unwell: yes } }, at: NOW });
    store.add(screen("1", false));
    assert.equal(store.saidYes(), false);
    store.add(screen("2", true));
    assert.equal(store.saidYes(), true);
    store.settle("2");
    assert.equal(store.saidYes(), false);
  });
});

test("the store knows what is under way", () => {
  storeOf("pat").write("session:abc", { at: NOW });
  assert.deepEqual(storeOf("pat").names("session:"), ["session:abc"]);
  assert.deepEqual(storeOf("quinn").names("session:"), []);
});

test("an id is a version 4 UUID, and never the same", () => {
  const ids = new Set(Array.from({ length: 100 }, newId));
  assert.equal(ids.size, 100);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

describe("sending", () => {
  const data = {
    user: "pat",
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
    assert.equal(calls[0].headers["X-Holdwell-User"], "pat");
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
    const { waiting, trouble } = await new Sender(store, data, answering({ 1: [0] })).flush();
    assert.deepEqual([waiting, trouble, calls.length], [2, "network", 1]);
  });

  test("a server in trouble keeps one entry and takes the next", async () => {
    const { waiting, trouble } = await new Sender(filled("1", "2"), data, answering({ 1: [503, {}] })).flush();
    assert.deepEqual([waiting, trouble], [1, "server"]);
  });

  test("an expired sign-in keeps everything and asks for it", async () => {
    const { waiting, trouble } = await new Sender(filled("1", "2"), data, answering({ 1: [403, {}] })).flush();
    assert.deepEqual([waiting, trouble], [2, "sign_in"]);
  });

  test("a page of somebody else's network that says 200 has taken nothing", async () => {
    const hotel = async () => new Response("<html>Welcome</html>", { status: 200 });
    const { waiting, trouble } = await new Sender(filled("1"), data, hotel).flush();
    assert.deepEqual([waiting, trouble], [1, "network"]);
  });

  test("what is added while the others go goes along", async () => {
    const store = filled("1");
    const answer = answering({});
    const adding = async (url, request) => {
      if (JSON.parse(request.body).id === "1") store.add(entry("2"));
      return answer(url, request);
    };
    assert.equal((await new Sender(store, data, adding).flush()).waiting, 0);
    assert.deepEqual(calls.map((c) => c.id), ["1", "2"]);
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
