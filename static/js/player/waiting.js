/** On the patient's pages: send what waits, say what has not gone and why, and leave nothing behind at sign-out. */

import { dropOld, leave, left } from "../portal/leaving.js";
import { forget, keepReady } from "../portal/offline.js";
import { Sender, sessionBody, whenReachable } from "./send.js";
import { shelf, Store } from "./store.js";

const data = JSON.parse(document.getElementById("waiting-data")?.textContent ?? "{}");
const part = (/** @type {string} */ name) => /** @type {any} */ (document.querySelector(`[data-waiting="${name}"]`));
dropOld(shelf(), Date.now());
const store = new Store(shelf(), data.user);
const sender = new Sender(store, data);
const underWay = () => store.names("session:").map((name) => name.slice("session:".length));

/** A session whose plan has ended or is held meanwhile cannot be led on: what was done of it is sent as it is. */
function sendStranded() {
  const name = `session:${data.stranded}`;
  const session = data.stranded && store.read(name);
  if (!session) return;
  const body = sessionBody(data.stranded, session, { pain_after: null, difficulty: "", note: "" });
  if (setsOf(body) || skipsOf(body)) store.add({ id: session.id, kind: "session", body, at: session.at });
  store.remove(name);
}

async function deliver() {
  const before = store.queue().length;
  const sent = before ? await sender.flush() : { waiting: 0, refused: [], trouble: "" };
  const { waiting, refused, trouble } = sent;
  const [begun] = underWay();
  const sessions = store.queue().filter((e) => e.kind === "session" && !e.refused).length;
  part("all").hidden = waiting + refused.length === 0 && !begun;
  part("begun").hidden = !begun || data.playing === begun;
  if (begun) part("begun-link").href = data.urls.prescription.replace(data.no_id, begun);
  part("unsent").hidden = waiting === 0;
  part("retry").hidden = waiting + refused.length === 0;
  part("count").textContent = sessions ? data.texts.unsent.replace("{n}", String(sessions)) : data.texts.unsent_answers;
  part("why").textContent = [store.keeps ? data.texts.kept : data.texts.unkept, data.texts[trouble]].filter(Boolean).join(" ");
  part("sign-in").hidden = trouble !== "sign_in";
  part("refused").hidden = refused.length === 0;
  part("drop").hidden = refused.length === 0;
  part("reasons").replaceChildren(...refused.map(told));
  // What the page says of today is older than what the server has just been told.
  if (before > store.queue().length && !data.playing) location.reload();
}

/** Of which plans a session that began today waits here. A copy of Today, drawn before, cannot know. */
function tellOfToday() {
  const today = new Date().toDateString();
  const done = store.queue().filter((e) => e.kind === "session" && new Date(e.body.started_at).toDateString() === today);
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-done-here]")))
    line.hidden = !done.some(({ body }) => body.prescription === line.dataset.doneHere);
}

/** When it was done, how much of it, and why it was not taken. @param {any} entry */
function told({ kind, body, refused }) {
  const at = new Date(body.started_at ?? body.answered_at);
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const line = document.createElement("li");
  const what = kind === "session" ? data.texts.sets.replace("{n}", String(setsOf(body))) : data.texts.answers;
  line.textContent = `${when.format(at)} (${what}): ${refused}`;
  return line;
}

/** @param {any} body */
function setsOf(body) {
  return body.items.reduce((/** @type {number} */ sum, /** @type {any} */ item) => sum + item.sets.length, 0);
}

/** @param {any} body */
function skipsOf(body) {
  return body.items.some((/** @type {any} */ item) => item.skip_reason);
}

part("retry").addEventListener("click", () => {
  for (const entry of store.queue()) if (entry.refused) store.refuse(entry.id, "");
  deliver();
});
part("drop").addEventListener("click", () => {
  for (const entry of store.queue()) if (entry.refused) store.settle(entry.id);
  deliver();
});

/** @type {HTMLFormElement|null} */
const signOut = document.querySelector(`form[action="${data.urls.sign_out}"]`);
const leaving = part("leave");
if (signOut && leaving) {
  const wouldBeLost = () => store.queue().length + underWay().length > 0;
  const go = async () => {
    leave(store);
    await forget().catch(() => {});
    // Not by the form itself, whose page is gone before the server has answered: the other tabs would still be let in.
    const form = { method: "POST", body: new FormData(signOut), redirect: /** @type {const} */ ("manual") };
    const answer = await fetch(signOut.action, form).catch(() => null);
    left(store);
    if (answer?.type === "opaqueredirect") location.assign(signOut.action); // which leads whoever is gone to the sign-in
    else signOut.submit();
  };
  signOut.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (wouldBeLost()) await sender.flush();
    if (wouldBeLost()) leaving.showModal();
    else await go();
  });
  part("stay").addEventListener("click", () => leaving.close());
  part("leave-now").addEventListener("click", go);
}

sendStranded();
tellOfToday();
store.whenLeft(async () => {
  await forget().catch(() => {});
  location.replace(data.urls.today);
});
keepReady(data);
whenReachable(deliver);
deliver();
