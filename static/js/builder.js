// The builder without reloading. Everything is worked out on the server, by the same code that serves the plain
// form; here its answer is put in the page's place.

const form = document.querySelector("form[data-builder]");
const PRESSES = /^(add|remove|up|down|newer):/;
const WAIT = 250; // ms after the last key

/** Ask the server about the form as it stands. */
async function ask(press) {
  const body = new FormData(form);
  body.set("do", press);
  const answer = await fetch(form.dataset.estimate, { method: "POST", body });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function replace(page, id) {
  document.getElementById(id).replaceWith(page.getElementById(id));
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
    if (here) here.textContent = time.textContent;
  }
}

function typed() {
  clearTimeout(timer);
  timer = setTimeout(look, WAIT);
}

// --- A press changes the rows: one after the other, each on what the one before has left

let presses = Promise.resolve();

async function press(button) {
  const rows = document.getElementById("builder-items");
  clearTimeout(timer);
  asked += 1; // an answer that is still on its way speaks of rows that are gone
  rows.inert = true; // what is typed now would be lost with the rows
  try {
    const page = await ask(button.value);
    replace(page, "builder-items");
    replace(page, "builder-estimate");
    form.dataset.changed = "yes";
    focusOn(button.value.split(":")[0]);
  } catch {
    // Offline, signed out or worse: the plain way says what is the matter.
    rows.inert = false;
    form.removeEventListener("submit", submitted);
    form.requestSubmit(button.isConnected ? button : null);
  }
}

/** After a press the focus stays with the row that it was about. */
function focusOn(name) {
  const row = form.querySelector("[data-focus]");
  if (!row) {
    document.getElementById("find").focus();
    return;
  }
  const wanted = { add: "input[name$='-hold']", up: "[value^='up:']", down: "[value^='down:']" }[name];
  const target = (wanted && row.querySelector(`${wanted}:not([disabled])`)) ?? row.querySelector("button:not([disabled])");
  target.focus();
  row.scrollIntoView({ block: "nearest" });
}

function submitted(event) {
  const button = event.submitter;
  if (!button || button.value === "save") return;
  event.preventDefault();
  if (PRESSES.test(button.value)) presses = presses.then(() => press(button));
  else look();
}

/** Alt with an arrow moves the row that the focus is in. */
function moved(event) {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  const row = event.target.closest(".builder-row");
  const button = row?.querySelector(event.key === "ArrowUp" ? "[value^='up:']" : "[value^='down:']");
  if (!button || button.disabled) return;
  event.preventDefault();
  presses = presses.then(() => press(button));
}

form.addEventListener("submit", submitted);
form.addEventListener("input", typed);
form.addEventListener("keydown", moved);
