/** What the push worker tells the server when a browser has renewed its subscription. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { runInNewContext } from "node:vm";

const HERE = "https://clinic.example";
const RENEWED = "/settings/devices/renewed/";

/** A push subscription, as far as a worker sees it. */
const subscription = (name) => ({
  endpoint: `https://push.example/${name}`,
  options: { applicationServerKey: Uint8Array.of(4, 1, 2).buffer },
  toJSON: () => ({ endpoint: `https://push.example/${name}`, keys: { p256dh: `key-${name}`, auth: `secret-${name}` } }),
});

let listeners;
let asked;
let present;
let made;
let answer;
let shown;

function start(query) {
  const shelf = new Map();
  listeners = {};
  runInNewContext(readFileSync(new URL("./push-worker.js", import.meta.url), "utf8"), {
    self: {
      location: new URL(`${HERE}/static/js/portal/push-worker.js${query}`),
      registration: {
        showNotification: async (title) => shown.push(title),
        pushManager: {
          getSubscription: async () => present,
          subscribe: async (wanted) => {
            made.push(wanted);
            return subscription("made");
          },
        },
      },
    },
    addEventListener: (type, act) => {
      listeners[type] = act;
    },
    caches: {
      open: async () => ({
        put: async (at, response) => shelf.set(at, await response.text()),
        match: async (at) => (shelf.has(at) ? new Response(shelf.get(at)) : undefined),
      }),
    },
    fetch: async (url, options) => {
      asked.push([url, options.credentials, Object.fromEntries(options.body)]);
      return new Response(null, { status: answer });
    },
    Response,
    URL,
    URLSearchParams,
    Uint8Array,
    ArrayBuffer,
    Promise,
  });
}

beforeEach(() => {
  asked = [];
  made = [];
  shown = [];
  present = null;
  answer = 204;
  start(`?renewed=${RENEWED}`);
});

async function happens(type, event) {
  const waits = [];
  listeners[type]({ ...event, waitUntil: (promise) => waits.push(promise) });
  await Promise.all(waits);
}

const change = (event) => happens("pushsubscriptionchange", event);
const push = () => happens("push", { data: { json: () => ({ title: "Your session", text: "", path: "/", tag: "1" }) } });
const told = (old, now) => [
  HERE + RENEWED,
  "omit",
  {
    old_endpoint: `https://push.example/${old}`,
    old_auth: `secret-${old}`,
    endpoint: `https://push.example/${now}`,
    p256dh: `key-${now}`,
    auth: `secret-${now}`,
  },
];

test("a browser that gives both subscriptions is believed, without its cookies", async () => {
  await change({ oldSubscription: subscription("old"), newSubscription: subscription("new") });
  assert.deepEqual(asked, [told("old", "new")]);
});

test("where it made no new one, the worker asks for one with the same key", async () => {
  present = subscription("old");
  await change({ oldSubscription: present, newSubscription: null });
  assert.deepEqual(asked, [told("old", "made")]);
  assert.equal(made[0].userVisibleOnly, true);
  assert.deepEqual([...made[0].applicationServerKey], [4, 1, 2]);
});

test("a browser that does not say which one has ended is known by its last push", async () => {
  present = subscription("old");
  await push();
  assert.deepEqual(shown, ["Your session"]);
  present = subscription("new");
  await change({});
  assert.deepEqual(asked, [told("old", "new")]);
});

test("a second renewal speaks of the first", async () => {
  await change({ oldSubscription: subscription("old"), newSubscription: subscription("new") });
  await change({ oldSubscription: null, newSubscription: subscription("newer") });
  assert.deepEqual(asked[1], told("new", "newer"));
});

test("what the server did not take is not what it knows", async () => {
  answer = 503;
  await change({ oldSubscription: subscription("old"), newSubscription: subscription("new") });
  await change({ oldSubscription: null, newSubscription: subscription("newer") });
  assert.equal(asked.length, 1);
});

test("without a former one, or an address here, nothing is told", async () => {
  await change({ oldSubscription: null, newSubscription: subscription("new") });
  for (const query of ["", "?renewed=", "?renewed=https://elsewhere.example/x", "?renewed=//elsewhere.example/x"]) {
    start(query);
    await change({ oldSubscription: subscription("old"), newSubscription: subscription("new") });
  }
  assert.deepEqual(asked, []);
});
