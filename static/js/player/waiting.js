/** On the patient's pages: send what waits, say what has not gone, and leave nothing behind at sign-out. */

import { Sender, sessionBody, whenReachable } from "./send.js";
import { Store } from "./store.js";

const data = JSON.parse(document.getElementById("waiting-data")?.textContent ?? "{}");
const part = (/** @type {string} */ name) => /** @type {any} */ (document.querySelector(`[data-waiting="${name}"]`));
const store = new Store(localStorage, data.user, Date.now());
const sender = new Sender(store, data);

/** A session whose plan has ended or is held meanwhile cannot be led on: what was done of it is sent as it is. */
function sendStranded() {
  const name = `session:${data.stranded}`;
  const session = data.stranded && store.read(name);
  if (!session) return;
  const done = session.items?.some((/** @type {any} */ item) => item.sets.length || item.skip_reason);
  const body = sessionBody(data.stranded, session, { pain_after: null, difficulty: "", note: "" });
  if (done) store.add({ id: session.id, kind: "session", body, at: session.at });
  store.remove(name);
}

async function deliver() {
  const before = store.queue().length;
  const { waiting, refused, signIn } = before ? await sender.flush() : { waiting: 0, refused: [], signIn: false };
  const [begun] = store.underWay();
  part("all").hidden = waiting + refused.length === 0 && !begun;
  part("begun").hidden = !begun;
  part("begun-link").href = data.urls.prescription.replace(data.no_id, begun);
  part("unsent").hidden = waiting === 0;
  part("retry").hidden = waiting === 0;
  part("count").textContent = data.texts.unsent.replace("{n}", String(waiting));
  part("sign-in").hidden = !signIn;
  part("refused").hidden = refused.length === 0;
  part("reasons").textContent = refused.map((e) => e.refused).join(" ");
  // What the page says of today is older than what the server has just been told.
  if (before > store.queue().length) location.reload();
}

part("retry").addEventListener("click", deliver);
part("drop").addEventListener("click", () => {
  for (const entry of store.queue()) if (entry.refused) store.settle(entry.id);
  deliver();
});

/** @type {HTMLFormElement|null} */
const signOut = document.querySelector(`form[action="${data.urls.sign_out}"]`);
const leaving = part("leave");
if (signOut && leaving) {
  signOut.addEventListener("submit", async (event) => {
    if (store.queue().length) {
      event.preventDefault();
      await sender.flush();
      if (store.queue().length) return leaving.showModal();
    }
    store.wipe();
    if (event.defaultPrevented) signOut.submit();
  });
  part("stay").addEventListener("click", () => leaving.close());
  part("leave-now").addEventListener("click", () => {
    store.wipe();
    signOut.submit();
  });
}

sendStranded();
whenReachable(deliver);
deliver();
