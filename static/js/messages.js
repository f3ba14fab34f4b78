// A thread without reloading: what is sent appears, and what the other side writes. Everything is drawn by the server,
// by the page that works without this; here its answer is put in the page's place, message by message, so that nobody
// loses their place or what they are typing.
//
// Not htmx: it would put a sign-in page into the thread, and asks for `eval` to look only while the page is seen.

const thread = /** @type {HTMLElement} */ (document.getElementById("thread"));
const status = /** @type {HTMLElement} */ (document.getElementById("thread-status"));
const PAUSE = 20_000; // ms between two looks

/** The page that an answer is; null when it is another one, such as the sign-in. @param {Response} answer */
async function pageOf(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById("thread") ? page : null;
}

/** Put into the thread what the page has more, or otherwise. @param {Document} page */
function show(page) {
  const newer = /** @type {HTMLElement} */ (page.getElementById("thread"));
  for (const item of [...newer.children]) {
    const here = document.getElementById(item.id);
    if (!here) {
      thread.append(item);
      // Only what came: a list that speaks would read a message again when its "not read yet" changes.
      status.textContent = (item.textContent ?? "").replace(/\s+/g, " ").trim();
    } else if (here.outerHTML !== item.outerHTML) here.replaceWith(item);
  }
  thread.dataset.known = newer.dataset.known;
  if (thread.children.length) document.getElementById("thread-empty")?.remove();
}

// --- What the other side writes, while somebody looks

async function look() {
  if (document.visibilityState !== "visible") return;
  const address = new URL(thread.dataset.url ?? "", location.href);
  address.searchParams.set("known", thread.dataset.known ?? "");
  try {
    const answer = await fetch(address);
    if (answer.status !== 200) return; // nothing new, or a trouble that the next look may not have
    const page = await pageOf(answer);
    if (page) show(page);
    else location.reload();
  } catch {
    // No network: the next look asks again.
  }
}

// --- What is written here

/** @param {SubmitEvent} event */
async function send(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-thread-write]")) return;
  event.preventDefault();
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
  if (button.disabled) return;
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = answer.ok || answer.status === 422 ? await pageOf(answer) : null;
    if (page) sent(form, page);
    else {
      delete form.dataset.changed;
      form.submit(); // the browser shows what the server has to say
    }
  } catch {
    /** @type {HTMLElement} */ (form.querySelector("[data-part=unsent]")).hidden = false;
    button.disabled = false;
  }
}

/** @param {HTMLFormElement} form @param {Document} page */
function sent(form, page) {
  show(page);
  const next = page.getElementById("write");
  if (!next) {
    location.reload(); // the thread was closed meanwhile
    return;
  }
  form.replaceWith(next);
  /** @type {HTMLElement|null} */
  const wrong = next.querySelector(".hw-errors[autofocus]");
  (wrong ?? next.querySelector("textarea"))?.focus();
  (wrong ?? thread.lastElementChild)?.scrollIntoView({ block: "nearest" });
}

if (thread?.dataset.url) {
  document.addEventListener("submit", send, { capture: true });
  document.addEventListener("visibilitychange", look);
  setInterval(look, PAUSE);
  const last = thread.lastElementChild;
  // A long thread opens where it goes on.
  if (!location.hash && last && last.getBoundingClientRect().bottom > innerHeight) {
    document.getElementById("newest")?.scrollIntoView({ block: "center" });
  }
}
