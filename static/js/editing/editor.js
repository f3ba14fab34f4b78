// The writing desk without reloading. Everything is worked out on the server, by the same code that serves the plain
// form; here its answer is put in the page's place. What is typed is kept in this tab until it is saved.

import { draggable } from "../dragging.js";
import { Kept } from "./kept.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("writing"));
const WAIT = 300; // ms after the last key
// What follows from the form, and is shown anew with every key; and what a press changes besides.
const LIVE = ["editing-dosage", "editing-preview", "editing-missing", "editing-found"];
const PRESSED = { rows: ["editing-steps", "editing-cautions"], link: ["editing-variants"], say: ["editing-safety"] };

/** @param {string} id @param {Document} [page] */
const byId = (id, page = document) => page.getElementById(id);
const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
const status = () => /** @type {HTMLElement} */ (form.querySelector("[data-part=status]"));

const kept = new Kept(form);

/** @param {string} name of a sentence of the status line; "" for none */
function say(name) {
  status().textContent = status().dataset[name] ?? "";
}

/** Ask the server about the form as it stands. @param {URLSearchParams} body */
async function ask(body) {
  const answer = await fetch(form.dataset.look ?? "", { method: "POST", body });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** The form as it would be sent. @param {string} press */
function typed(press) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  body.set("do", press);
  return body;
}

/** @param {Document} page @param {string[]} ids */
function replace(page, ids) {
  for (const id of ids) {
    const there = byId(id, page);
    if (there) byId(id)?.replaceWith(there);
  }
}

// --- While somebody types: what follows from it, and only the newest answer

let asked = 0;
let timer = 0;

async function look() {
  clearTimeout(timer);
  const number = ++asked;
  let page;
  try {
    page = await ask(typed("look"));
  } catch {
    return; // The preview stays as it was; the next key asks again.
  }
  if (number === asked) replace(page, LIVE);
}

/** @param {Event} event */
function changed(event) {
  const input = event.target;
  const name = input instanceof HTMLInputElement ? input.name : "";
  // To look or to search is to change nothing: no need to be asked before one leaves.
  if (name === "view" || name === "find") event.stopPropagation();
  if (name === "view") return;
  if (name !== "find") {
    if (input instanceof HTMLInputElement) room(input);
    kept.keep();
    say("");
  }
  clearTimeout(timer);
  timer = setTimeout(look, WAIT);
}

/** A list always has an empty field for the next entry. @param {HTMLInputElement} input */
function room(input) {
  const list = input.closest("[data-entries]");
  if (!(list instanceof HTMLElement) || !input.value || input.nextElementSibling instanceof HTMLInputElement) return;
  const next = /** @type {HTMLInputElement} */ (input.cloneNode());
  const number = list.querySelectorAll("input").length;
  next.value = "";
  next.removeAttribute("value");
  next.id = input.id.replace(/\d+$/, String(number));
  next.setAttribute("aria-label", `${list.dataset.label} ${number + 1}`);
  input.after(next);
}

// --- A press changes the form: one after the other, each on what the one before has left

let presses = Promise.resolve();

/** @param {string} value of the button */
function press(value) {
  presses = presses.then(() => pressed(value));
}

/** @param {string} value */
async function pressed(value) {
  const [name] = value.split(":");
  const ids = name === "link" || name === "unlink" ? PRESSED.link : name === "say" ? PRESSED.say : PRESSED.rows;
  const parts = ids.flatMap((id) => byId(id) ?? []);
  const held = holding();
  clearTimeout(timer);
  asked += 1; // an answer that is still on its way speaks of a form that is gone
  for (const part of parts) part.inert = true; // what is typed now would be lost with it
  try {
    const page = await ask(typed(value));
    if (name === "link") field("find").value = "";
    replace(page, [...ids, ...LIVE]);
    const said = byId("editing-said", page)?.textContent ?? "";
    /** @type {HTMLElement} */ (byId("editing-said")).textContent = said;
    form.dataset.changed = "yes";
    kept.keep();
    focusOn(name, ids[0], held);
  } catch (problem) {
    for (const part of parts) part.inert = false;
    unanswered(problem);
  }
}

/** Without a network the page stays as it is; refused, it is loaded again and says why. Either way what is typed is kept.
 * @param {unknown} problem */
function unanswered(problem) {
  kept.keep();
  if (problem instanceof TypeError) {
    say("silent");
    return;
  }
  delete form.dataset.changed;
  location.reload();
}

/** Where the focus goes in the row, after some presses; else to what is written first. @type {Record<string, string>} */
const WANTED = { up: "[value^='up:']", down: "[value^='down:']" };
const WRITTEN = "[name='step-text'], [name='caution-tag']";

/** The field of a row that is being written in, and where. */
function holding() {
  const here = document.activeElement;
  const inRow = here?.closest(".writing-row") && here.matches("textarea, select");
  return here && inRow ? { name: here.getAttribute("name"), at: here instanceof HTMLTextAreaElement ? here.selectionStart : 0 } : null;
}

/**
 * After a press the focus stays with what it was about; whoever moves a row while writing goes on writing.
 * @param {string} name @param {string} part @param {ReturnType<typeof holding>} held
 */
function focusOn(name, part, held) {
  const row = form.querySelector("[data-focus]");
  const wanted = [held ? `[name='${held.name}']` : WANTED[name], WRITTEN];
  const first = wanted.flatMap((it) => (row && it ? [...row.querySelectorAll(it)] : [])).find((it) => !it.matches(":disabled"));
  const to = first ?? (name === "say" ? field("safety") : byId(part)?.querySelector("button"));
  if (to instanceof HTMLElement) to.focus();
  if (held && first instanceof HTMLTextAreaElement && name !== "insert") first.setSelectionRange(held.at, held.at);
  (row ?? to)?.scrollIntoView({ block: "nearest" });
}

// --- Saving, without losing one's place

/** @param {HTMLButtonElement|null} button */
async function save(button) {
  await presses;
  clearTimeout(timer);
  asked += 1;
  say("saving");
  const body = typed(button?.name === "do" ? button.value : "save");
  if (button?.name === "over") body.set("over", button.value);
  let answer;
  let text;
  try {
    answer = await fetch(form.action, { method: "POST", body });
    text = await answer.text();
    if (!answer.ok && ![409, 422].includes(answer.status)) throw new Error(String(answer.status));
  } catch (problem) {
    unanswered(problem);
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  const saved = answer.redirected && byId("writing", page);
  if (answer.redirected) delete form.dataset.changed;
  // Whoever has to sign in again finds what was typed afterwards.
  if (answer.redirected && isOurs(answer.url)) kept.drop();
  if (answer.redirected && !saved) {
    location.assign(answer.url);
    return;
  }
  if (!saved) {
    show(page);
    return;
  }
  // What was saved stands here already: only what follows from it comes anew.
  history.replaceState(null, "", answer.url);
  form.dataset.look = saved.dataset.look;
  form.dataset.revision = saved.dataset.revision;
  const told = page.querySelector(".hw-message")?.textContent?.trim() ?? "";
  for (const id of ["editing-errors", "editing-meanwhile"]) byId(id)?.remove();
  for (const wrong of form.querySelectorAll(".writing-error, .invalid-feedback")) wrong.remove();
  for (const wrong of form.querySelectorAll(".hw-field-wrong, .is-invalid, [aria-invalid]")) {
    wrong.classList.remove("hw-field-wrong", "is-invalid");
    wrong.removeAttribute("aria-invalid");
  }
  replace(page, ["editing-lead", "editing-actions", "editing-kept", "editing-notes", ...PRESSED.link, ...LIVE]);
  status().textContent = told;
  kept.renew();
}

/** Whether an address is a revision's, as this page's is: its editor, or its review. @param {string} address */
function isOurs(address) {
  const shelf = new URL(form.action).pathname.replace(/[^/]+\/edit\/$/, "");
  return new URL(address).pathname.startsWith(shelf);
}

/** Not saved: the page that says why, with everything as it was typed. @param {Document} page */
function show(page) {
  const main = document.querySelector("main .hw-page");
  const there = page.querySelector("main .hw-page");
  const fresh = there?.querySelector("#writing");
  if (!main || !there || !fresh) return;
  form.replaceChildren(...fresh.childNodes);
  for (const id of ["editing-errors", "editing-meanwhile"]) {
    byId(id)?.remove();
    const told = byId(id, page);
    if (told) form.before(told);
  }
  form.dataset.changed = "yes";
  const told = byId("editing-meanwhile") ?? byId("editing-errors");
  told?.focus();
  told?.scrollIntoView({ block: "start" });
}

/** @param {SubmitEvent} event */
function submitted(event) {
  event.preventDefault();
  const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
  const value = button?.value ?? "";
  if (button?.name === "over" || value === "save" || value === "close") save(button);
  else if (value === "look" || !button) look();
  else press(value);
}

// --- By keyboard

/** @param {KeyboardEvent} event */
function keyed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    save(null);
    return;
  }
  const target = event.target;
  const row = target instanceof Element && target.closest(".writing-row");
  if (!row || event.isComposing) return;
  const wanted =
    event.altKey && event.key === "ArrowUp"
      ? "[value^='up:']"
      : event.altKey && event.key === "ArrowDown"
        ? "[value^='down:']"
        : event.key === "Enter" && !event.shiftKey && target instanceof HTMLTextAreaElement
          ? "[value^='insert:']"
          : null;
  if (!wanted) return;
  const button = /** @type {HTMLButtonElement|null} */ (row.querySelector(wanted));
  event.preventDefault();
  if (button && !button.disabled) press(button.value);
}

/** @param {Element} row */
function beside(row) {
  return [...(row.closest(".writing-rows")?.children ?? [])];
}

/** A place that a link leads to is written in at once. @param {MouseEvent} event */
function led(event) {
  const link = event.target instanceof Element && event.target.closest("a[href^='#']");
  const part = link && document.getElementById(link.getAttribute("href")?.slice(1) ?? "");
  if (!part) return;
  const into = part.matches("input, textarea, select") ? part : part.querySelector("button, input:not([type=hidden]), textarea, a[href]");
  if (!(into instanceof HTMLElement)) return;
  event.preventDefault();
  link.closest("details")?.removeAttribute("open");
  into.focus();
  part.scrollIntoView({ block: part === into ? "center" : "start" });
}

form.addEventListener("submit", submitted);
form.addEventListener("input", changed);
document.addEventListener("keydown", keyed);
document.addEventListener("click", led);
draggable(form, beside, (row, from, to) => press(`move:${row.closest("[data-rows]")?.getAttribute("data-rows")}:${from}:${to}`));

// --- Begin: what was typed before the page was loaded again

for (const button of document.querySelectorAll("[data-do=drop]")) {
  button.addEventListener("click", () => {
    kept.drop();
    delete form.dataset.changed;
    if (button instanceof HTMLButtonElement) location.reload();
  });
}
const left = kept.left();
if (left) {
  try {
    const page = await ask(left);
    const fresh = document.createElement("div");
    fresh.append(...page.body.childNodes);
    const token = field("csrfmiddlewaretoken");
    const first = form.querySelector("[value=look]");
    form.replaceChildren(token, ...(first ? [first] : []), ...fresh.childNodes);
    form.dataset.changed = "yes";
    /** @type {HTMLElement} */ (byId("editing-restored")).hidden = false;
  } catch {
    // It stays kept for the next time.
  }
}
