// The pose editor. The server draws, checks and bends the figure; here it is kept, and changed by hand.

import { Film } from "../figures/film.js";
import { Loop } from "../figures/loop.js";
import { Asking } from "./asking.js";
import { Controls } from "./controls.js";
import { get, set, shaped, text } from "./figure.js";
import { History } from "./history.js";
import { Stage } from "./stage.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("posing"));
const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (form.querySelector(`[data-part=${name}]`));
const act = (/** @type {string} */ name) => /** @type {HTMLButtonElement} */ (document.querySelector(`[data-do=${name}]`));

const asking = new Asking(form.dataset.preview ?? "", field("csrfmiddlewaretoken").value, (busy) =>
  part("stage").setAttribute("aria-busy", String(busy)),
);
const textarea = field("figure");
const saved = textarea.value;
const history = new History(form.dataset.revision ?? "", field("based_on").value, saved);
const stage = new Stage(part("stage"), { dragged, dropped, turned, scale: Number(form.dataset.scale) });
const controls = new Controls(/** @type {HTMLElement} */ (form.querySelector(".posing-desk")), { change, hold });

/** @type {any} */
let figure = {};
let pose = "start";
/** Counts the changes made here, so that an answer to an older figure is not taken for the newest. */
let changes = 0;
/** @type {any} */
let palms = {};
/** Whether the last answer had problems; said when it changes. @type {boolean | undefined} */
let wrong;
/** @type {(() => void) | null} */
let stopLoop = null;

const empty = () => !Object.keys(figure).length;

// --- Saying and showing

function say(/** @type {string} */ name) {
  const words = part("status").dataset[name] ?? "";
  if (part("status").textContent !== words) part("status").textContent = words;
}

/** Show the figure on all controls. */
function render() {
  controls.show(figure, pose);
  textarea.value = text(figure);
  for (const button of form.querySelectorAll("[data-pose]")) {
    button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.pose === pose));
  }
  act("undo").disabled = history.first;
  act("redo").disabled = history.last;
  for (const name of ["copy", "mirror", "loop"]) act(name).disabled = empty();
}

/** Show what the server answered. */
function seen(/** @type {any} */ answer) {
  if (!answer) return;
  if (answer.silent || answer.problem) {
    if (answer.silent) say("silent");
    else part("status").textContent = answer.problem;
    return;
  }
  palms = answer.palms;
  stage.root.toggleAttribute("data-old", !answer.svg);
  if (answer.svg) stage.show(answer.svg, answer.handles);
  list(answer.problems);
}

function list(/** @type {any[]} */ problems) {
  const box = part("problems");
  const rows = problems.map((problem) => {
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = problem.text;
    button.addEventListener("click", () => {
      if (problem.pose) choose(problem.pose);
      controls.lead(problem.part);
    });
    row.append(controls.of(problem.part).length ? button : problem.text);
    return row;
  });
  part("problem-list").replaceChildren(...rows);
  box.hidden = !rows.length;
  controls.mark(problems, pose);
  if (wrong !== undefined && wrong !== rows.length > 0) say(rows.length ? "wrong" : "fine");
  wrong = rows.length > 0;
}

// --- Asking

/** Have the figure drawn as it is by now. */
async function look() {
  if (empty()) {
    stage.show("", []);
    return;
  }
  seen(await asking.ask(() => ({ figure, pose }), { looks: true }));
}

/** Have the server change the figure. What was changed here while it was on its way is not lost: it is asked again. */
async function ask(/** @type {any} */ what, looks = false) {
  let asked = -1;
  const make = () => {
    asked = changes;
    return { figure, pose, ...what };
  };
  let answer = await asking.ask(make, { looks });
  while (answer?.figure && asked !== changes && !looks) answer = await asking.ask(make);
  if (answer?.figure && asked === changes) {
    figure = answer.figure;
    render();
  }
  seen(answer);
}

// --- Changing

/** A step that can be undone. */
function step() {
  if (history.add(text(figure))) form.dataset.changed = "yes";
  render();
}

function change(/** @type {(figure: any, pose: string) => void} */ how, /** @type {boolean} */ done) {
  if (empty()) return render();
  stop();
  figure = structuredClone(figure);
  how(figure, pose);
  changes += 1;
  if (done) step();
  else render();
  look();
}

/** Let the server change the figure, as one step. */
async function steps(/** @type {any} */ what) {
  stop();
  await ask(what);
  step();
}

/** @type {Promise<void>} */
let drags = Promise.resolve();

function dragged(/** @type {string} */ handle, /** @type {number[]} */ to) {
  stop();
  drags = ask({ drag: { handle, to } }, true);
}

async function dropped() {
  await drags;
  step();
  look(); // the frame may be fitted again
}

function turned(/** @type {number[]} */ [turn, height]) {
  change((all) => {
    const around = get(all, pose, "camera.turn") + turn;
    set(all, pose, "camera.turn", Math.round(((around + 540) % 360) - 180));
    set(all, pose, "camera.height", Math.round(Math.max(0, Math.min(89, get(all, pose, "camera.height") + height))));
  }, false);
}

function hold(/** @type {string} */ side, /** @type {string} */ what) {
  if (empty()) return;
  if (!what) {
    if (figure[pose].hands?.[side]) steps({ let_go: side });
    return;
  }
  const to = what === "room" ? palms[side] : what;
  if (!to) return render(); // nothing is known of a body that cannot be drawn
  change((all) => {
    all[pose].hands ??= {};
    all[pose].hands[side] = { ...all[pose].hands[side], to };
  }, true);
}

function choose(/** @type {string} */ name) {
  stop();
  pose = name;
  render();
  look();
}

function undo(/** @type {number} */ by) {
  if (!history.go(by)) return;
  stop();
  adopt(JSON.parse(history.now || "{}"));
  say(by < 0 ? "undone" : "redone");
}

/** Take over a figure that is `shaped`. */
function adopt(/** @type {any} */ known) {
  figure = known;
  changes += 1;
  render();
  look();
}

/** Take over a figure that is given as text, unless nothing here could show it; whether it was taken. */
async function take(/** @type {string} */ written) {
  let read;
  try {
    read = JSON.parse(written || "{}");
  } catch {
    return false;
  }
  if (shaped(read)) {
    adopt(read);
    return true;
  }
  seen(await asking.ask(() => ({ figure: read, pose }))); // the server says what is wrong with it
  return false;
}

function begin(/** @type {boolean} */ alone) {
  const from = /** @type {HTMLSelectElement} */ (document.getElementById("from")).value;
  stage.refit();
  steps({ begin: { from, alone } });
}

// --- The loop

function stop() {
  stopLoop?.();
  stopLoop = null;
  act("loop").setAttribute("aria-pressed", "false");
  delete stage.root.dataset.looping;
}

async function loop() {
  if (stopLoop) {
    stop();
    look();
    return;
  }
  const answer = await asking.ask(() => ({ figure, pose, film: true }), { looks: true });
  seen(answer);
  if (!answer?.film) return;
  const title = part("stage").getAttribute("aria-label") ?? "";
  const playing = new Loop(new Film(answer.film, { side: "left", title, description: "" }));
  stage.film(playing.film.svg);
  stage.root.dataset.looping = "yes";
  act("loop").setAttribute("aria-pressed", "true");
  playing.play();
  stopLoop = () => playing.pause();
}

// --- By hand and by keyboard

/** @type {Record<string, () => void>} */
const ACTS = {
  undo: () => undo(-1),
  redo: () => undo(1),
  copy: () => change((all) => (all[pose] = structuredClone(all[pose === "held" ? "start" : "held"])), true),
  mirror: () => steps({ mirror: true }),
  loop,
  "begin-alone": () => begin(true),
};

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest?.("button");
  if (button?.dataset.do) ACTS[button.dataset.do]();
  else if (button?.dataset.pose) choose(button.dataset.pose);
});
document.getElementById("begin")?.addEventListener("submit", (event) => {
  event.preventDefault();
  begin(false);
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  const typing = /** @type {HTMLElement} */ (event.target).closest?.("textarea, input[type=text]");
  if (typing) return; // there it undoes what is typed
  event.preventDefault();
  undo(event.shiftKey ? 1 : -1);
});
form.addEventListener("submit", async (event) => {
  if (!asking.busy) return;
  // What was moved last is still on its way: it is saved too.
  event.preventDefault();
  form.setAttribute("aria-busy", "true");
  await asking.idle;
  await drags;
  form.removeAttribute("aria-busy");
  form.requestSubmit(event.submitter);
});
textarea.addEventListener("change", async () => {
  if (await take(textarea.value)) step();
  else say("unread");
});

// --- Begin

/** @type {HTMLElement} */ (form.querySelector(".posing-desk")).hidden = false;
act("begin-alone").hidden = false;
const words = /** @type {HTMLDetailsElement} */ (form.querySelector(".posing-text"));
if (!words.querySelector(".is-invalid")) words.open = false;
const restored = history.now !== saved;
if ((await take(restored ? history.now : saved)) && restored) {
  form.dataset.changed = "yes";
  say("restored");
}
