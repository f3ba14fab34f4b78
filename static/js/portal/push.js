/**
 * Lets this browser take pushes, after a press of the button and never by itself. What the browser answers goes to the
 * server as an ordinary form.
 */

const part = /** @type {HTMLElement} */ (document.querySelector("[data-push]"));
const form = /** @type {HTMLFormElement} */ (part.querySelector("[data-push-add]"));

if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) await begin();

async function begin() {
  say(Notification.permission === "denied" ? "blocked" : "");
  const registered = await navigator.serviceWorker.getRegistration(new URL(".", workerUrl()).href);
  const mine = await registered?.pushManager.getSubscription();
  const here = rows("[data-endpoint]").find((row) => row.dataset.endpoint === mine?.endpoint);
  form.hidden = Boolean(here) || Notification.permission === "denied";
  if (here && mine) {
    const words = /** @type {HTMLElement|null} */ (here.querySelector("[data-push-here]"));
    if (words) words.hidden = false;
    // The worker of this release takes the place of the one that was there, and keeps the subscription.
    if (registered?.active?.scriptURL !== workerUrl().href) await navigator.serviceWorker.register(workerUrl().href);
    here.querySelector("[data-push-remove]")?.addEventListener("submit", () => mine.unsubscribe());
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    subscribe().catch(() => say("failed"));
  });
}

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") return say("blocked");
  const registered = await navigator.serviceWorker.register(workerUrl().href);
  await running(registered);
  const mine = await registered.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: part.dataset.key });
  const { endpoint, keys } = mine.toJSON();
  for (const [name, value] of Object.entries({ endpoint, ...keys, label: device() })) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = value ?? "";
  }
  form.submit();
}

/** @param {string} selector @returns {HTMLElement[]} */
function rows(selector) {
  return [...part.querySelectorAll(selector)].filter((row) => row instanceof HTMLElement);
}

function workerUrl() {
  return new URL(part.dataset.worker ?? "", location.href);
}

/** A subscription needs a worker that has started. @param {ServiceWorkerRegistration} registered */
async function running(registered) {
  const young = registered.installing ?? registered.waiting;
  if (registered.active || !young) return;
  await new Promise((done) => {
    young.addEventListener("statechange", () => young.state === "activated" && done(null));
  });
}

/** @param {string} what one of the sentences, or none of them */
function say(what) {
  for (const line of rows("[data-push-said]")) line.hidden = line.dataset.pushSaid !== what;
}

/** In words that its owner knows it by: "Chrome on Android". */
function device() {
  const agent = navigator.userAgent;
  const found = (/** @type {[RegExp, string][]} */ names) => names.find(([sign]) => sign.test(agent))?.[1];
  const browser = found([[/Edg/, "Edge"], [/OPR/, "Opera"], [/Firefox/, "Firefox"], [/Chrome|CriOS/, "Chrome"], [/Safari/, "Safari"]]);
  const system = found([[/Android/, "Android"], [/iPhone/, "iPhone"], [/iPad/, "iPad"], [/Windows/, "Windows"], [/Mac/, "Mac"], [/Linux/, "Linux"]]);
  return [browser, system].filter(Boolean).join(" · ");
}
