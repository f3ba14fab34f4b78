// The builder without reloading. Everything is worked out on the server, by the same code that serves the plain
// form; here its answer is put in the page's place.

import { draggable } from "./dragging.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-builder]"));
const PRESSES = /^(bulk$|(add|remove|up|down|move|newer):)/;
const said = byId("builder-said");
const WAIT = 250; // ms after the last key

/** What every builder's page has. @param {string} id @param {Document} [page] */
function byId(id, page = document) {
  return /** @type {HTMLElement} */ (page.getElementById(id));
}

// Questions that are on their way. Each keeps the draft as well, so none may arrive after the form itself is sent.
/** @type {Set<Promise<Response>>} */
const asking = new Set();

/** Ask the server about the form as it stands. @param {string} press */
async function ask(press) {
  const body = new FormData(form);
  body.set("do", press);
  const question = fetch(form.dataset.estimate ?? "", { method: "POST", body });
  asking.add(question);
  const answer = await question.finally(() => asking.delete(question));
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** @param {Document} page @param {string} id */
function replace(page, id) {
  byId(id).replaceWith(byId(id, page));
}

// --- While somebody types: figures and search results, and only those of the newest question

let asked = 0;
let timer = 0;

async function look() {
  clearTimeout(timer);
  const number = ++asked;
  let page;
  try {
    page = await ask("look");
  } catch {
    return; // The figures stay as they were; the next key asks again.
  }
  if (number !== asked) return;
  replace(page, "builder-estimate");
  replace(page, "builder-found");
  for (const time of page.querySelectorAll("output[id^='time-']")) {
    const here = document.getElementById(time.id);
    if (here) here.replaceChildren(...time.childNodes);
  }
}

function typed() {
  clearTimeout(timer);
  timer = setTimeout(look, WAIT);
}

// --- A press changes the rows: one after the other, each on what the one before has left

let presses = Promise.resolve();

/** @param {HTMLButtonElement} button */
async function press(button) {
  const rows = byId("builder-items");
  clearTimeout(timer);
  asked += 1; // an answer that is still on its way speaks of rows that are gone
  rows.inert = true; // what is typed now would be lost with the rows
  try {
    const page = await ask(button.value);
    replace(page, "builder-items");
    replace(page, "builder-estimate");
    if (button.value === "bulk") replace(page, "builder-bulk");
    said.textContent = byId("builder-said", page).textContent;
    form.dataset.changed = "yes";
    if (button.value === "bulk") byId("id_bulk-sets").focus();
    else focusOn(button.value.split(":")[0]);
  } catch {
    // Offline, signed out or worse: the plain way says what is the matter.
    rows.inert = false;
    form.removeEventListener("submit", submitted);
    form.requestSubmit(button.isConnected ? button : null);
  }
}

/** Where the focus goes in the row, after some presses. @type {Record<string, string>} */
const WANTED = { add: "input[name$='-hold']", up: "[value^='up:']", down: "[value^='down:']" };

/** After a press the focus stays with the row that it was about. @param {string} name */
function focusOn(name) {
  const row = form.querySelector("[data-focus]");
  if (!row) {
    byId("find").focus();
    return;
  }
  const first = [WANTED[name], "button"].flatMap((it) => (it ? [...row.querySelectorAll(`${it}:not([disabled])`)] : []))[0];
  if (first instanceof HTMLElement) first.focus();
  row.scrollIntoView({ block: "nearest" });
}

// What is done by the form itself: it answers with a whole page.
const PLAIN = ["save", "routine", "check"];

/** @param {SubmitEvent} event */
function submitted(event) {
  const button = event.submitter;
  if (!(button instanceof HTMLButtonElement)) return;
  if (PLAIN.includes(button.value)) {
    clearTimeout(timer);
    if (!asking.size) return;
    event.preventDefault();
    // In a task of its own: while this event is still under way, the browser ignores a second one.
    Promise.allSettled([...asking, presses]).then(() => setTimeout(() => form.requestSubmit(button)));
    return;
  }
  event.preventDefault();
  if (PRESSES.test(button.value)) presses = presses.then(() => press(button));
  else if (button.value === "as-patient") showAsPatient(button);
  else look();
}

/** Alt with an arrow moves the row that the focus is in. @param {KeyboardEvent} event */
function moved(event) {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  const row = event.target instanceof Element && event.target.closest(".builder-row");
  if (!row) return;
  /** @type {HTMLButtonElement|null} */
  const button = row.querySelector(event.key === "ArrowUp" ? "[value^='up:']" : "[value^='down:']");
  if (!button || button.disabled) return;
  event.preventDefault();
  presses = presses.then(() => press(button));
}

// --- The plan as the patient sees it

/** @param {HTMLButtonElement} button */
async function showAsPatient(button) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("builder-dialog"));
  const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  dialog.querySelector(".builder-dialog-plan")?.replaceChildren(byId("as-patient", page));
  dialog.showModal();
}

// --- From the search field to what was found, by the arrows

/** @param {KeyboardEvent} event */
function walked(event) {
  if (event.altKey || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  const choices = /** @type {HTMLElement[]} */ ([...form.querySelectorAll(".builder-choice")]);
  const find = byId("find");
  const at = choices.findIndex((choice) => choice === event.target);
  if (event.target !== find && at < 0) return;
  event.preventDefault();
  const next = at + (event.key === "ArrowDown" ? 1 : -1);
  (next < 0 ? find : (choices[next] ?? choices[at]))?.focus();
}

// --- Dragging a row by its handle

/** @param {Element} _row @param {number} at @param {number} to */
function dropped(_row, at, to) {
  const button = document.createElement("button");
  button.value = `move:${at}:${to}`;
  presses = presses.then(() => press(button));
}

draggable(form, () => [...form.querySelectorAll(".builder-row")], dropped);
form.addEventListener("submit", submitted);
form.addEventListener("input", typed);
form.addEventListener("keydown", moved);
form.addEventListener("keydown", walked);
