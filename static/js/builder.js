// The builder without reloading. Everything is worked out on the server, by the same code that serves the plain
// form; here its answer is put in the page's place.

const form = document.querySelector("form[data-builder]");
const PRESSES = /^(add|remove|up|down|newer):/;
const WAIT = 250; // ms after the last key

let latest = 0; // only the answer to the newest question is shown

/** Ask the server about the form as it stands. @returns {Promise<Document|null>} null when overtaken */
async function ask(press) {
  const number = ++latest;
  const body = new FormData(form);
  body.set("do", press);
  const answer = await fetch(form.dataset.estimate, { method: "POST", body });
  if (!answer.ok) throw new Error(String(answer.status));
  const text = await answer.text();
  return number === latest ? new DOMParser().parseFromString(text, "text/html") : null;
}

function replace(page, id) {
  document.getElementById(id).replaceWith(page.getElementById(id));
}

/** Estimate and row times only: what is being typed in is left alone. */
function showFigures(page) {
  replace(page, "builder-estimate");
  for (const time of page.querySelectorAll("output[id^='time-']")) {
    const here = document.getElementById(time.id);
    if (here) here.textContent = time.textContent;
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

async function press(button) {
  const value = button.value;
  try {
    const page = await ask(value);
    if (!page) return;
    replace(page, "builder-items");
    replace(page, "builder-estimate");
    form.dataset.changed = "yes";
    focusOn(value.split(":")[0]);
  } catch {
    // Offline, signed out or worse: the plain way says what is the matter.
    form.removeEventListener("submit", submitted);
    form.requestSubmit(button);
  }
}

function submitted(event) {
  const button = event.submitter;
  if (!button || button.value === "save") return;
  event.preventDefault();
  if (PRESSES.test(button.value)) press(button);
  else figures();
}

async function figures() {
  try {
    const page = await ask("look");
    if (page) {
      showFigures(page);
      replace(page, "builder-found");
    }
  } catch {
    // The figures stay as they were; the next key asks again.
  }
}

let timer = 0;
function typed() {
  clearTimeout(timer);
  timer = setTimeout(figures, WAIT);
}

/** Alt with an arrow moves the row that the focus is in. */
function moved(event) {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  const row = event.target.closest(".builder-row");
  const button = row?.querySelector(event.key === "ArrowUp" ? "[value^='up:']" : "[value^='down:']");
  if (!button || button.disabled) return;
  event.preventDefault();
  press(button);
}

form.addEventListener("submit", submitted);
form.addEventListener("input", typed);
form.addEventListener("keydown", moved);
