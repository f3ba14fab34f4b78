/**
 * A guided session, from "how is your pain now?" to what was done: the stages, and who talks to whom.
 *
 * @import { Act, Data, Session, Switches } from "./types.d.ts"
 */

import { begin, LONG_AWAY, makePlan, restore, Run } from "./machine.js";
import { newId, screenBody, Sender, sessionBody, whenReachable } from "./send.js";
import { abilities, Awake, Sound } from "./sound.js";
import { shelf, Store, SWITCHES } from "./store.js";
import { all, TICK, View } from "./view.js";

const MORE_TIME = 15; // s

const root = /** @type {HTMLElement} */ (document.querySelector("[data-player]"));
const data = /** @type {Data} */ (JSON.parse(document.getElementById("player-data")?.textContent ?? "{}"));
const store = new Store(shelf(), data.user);
const sender = new Sender(store, data);
const view = new View(root, data);
const plan = makePlan(data);
const kept = `session:${data.prescription}`;
/** @type {Switches} */
const switches = { ...SWITCHES, rest: 1, ready: data.timing.get_ready };
Object.assign(switches, store.read("switches"));
const sound = new Sound(switches, data.language);
const awake = new Awake();
const dialogs = /** @type {Record<string, HTMLDialogElement>} */ (view.parts);

/** The session under way; not begun while `startedAt` is 0. @type {Session} */
let session = store.read(kept) ?? fresh(0);
let savedAt = 0;
let seenAt = Date.now();

function pace() {
  return { ready: switches.ready, rest: switches.rest, wait: switches.wait };
}

/** @param {number} pain NPRS @returns {Session} */
function fresh(pain) {
  const state = begin(plan, { painBefore: pain, pace: pace() });
  const times = { startedAt: 0, endedAt: 0, at: 0 };
  return { id: newId(), revision: data.revision, painBefore: pain, state, ...times, items: [], outdated: false };
}

// --- Time

/** The session's run as it stands. */
const run = () => new Run(plan, session.state);

/** @param {Act} act */
function send(act) {
  const before = run();
  const after = before.step({ ...act, now: performance.now(), wall: Date.now() });
  const [was, { status }] = [before.state.status, after.state];
  session.state = after.state;
  for (const cue of after.cues(before)) {
    const words = view.words(cue, after);
    if (words) view.announce(words);
    sound.give(cue, words);
  }
  if (status === "paused" && was === "running") sound.hush();
  awake.set(status === "running" && switches.awake);
  if (act.type !== "tick" || Date.now() - savedAt >= 1000) save();
  if (status === "ended") finish();
  else view.draw(after);
}

function tick() {
  const away = Date.now() - seenAt;
  seenAt = Date.now();
  if (root.dataset.at !== "play") return;
  if (session.state.status === "running") send({ type: "tick" });
  if (session.state.status === "ready") view.figure(run());
  else if (away > LONG_AWAY && session.state.status !== "ended" && !document.querySelector("dialog[open]")) view.stage("resume");
}

/** With what was done so far: should the plan change, nothing is lost. The end is reckoned from the start: the device's
 * clock may be set on the way. */
function save() {
  if (!session.startedAt) return;
  savedAt = Date.now();
  if (!session.outdated) session.items = run().performed();
  session.endedAt = session.startedAt + Math.round(session.state.elapsed);
  store.write(kept, { ...session, at: savedAt });
}

// --- Before

on("before-next", () => {
  const pain = chosen("pain_before");
  if (missing("before", pain === null)) return;
  session.painBefore = Number(pain);
  if (data.questions_due || session.painBefore >= data.stop.severe) view.stage("safety");
  else play();
});

on("safety-next", () => {
  const answers = Object.fromEntries(data.questions.map((name) => [name, picked(name) === "yes"]));
  if (missing("safety", !data.questions.every(picked))) return;
  const body = screenBody(newId(), answers, Date.now());
  store.add({ id: body.id, kind: "screen", body, at: Date.now() });
  deliver();
  if (Object.values(answers).some(Boolean)) {
    store.remove(kept);
    view.stage("urgent"); // at once, network or not
  } else if (session.painBefore >= data.stop.severe) view.stage("high");
  else play();
});

on("high-go", play);

function play() {
  session = fresh(session.painBefore);
  view.draw(run());
  view.stage("play");
}

// --- The player

on("toggle", () => {
  const { status } = session.state;
  sound.unlock();
  if (status === "ready") {
    session.startedAt = Date.now();
    send({ type: "start" });
    scrollTo({ top: 0, behavior: "instant" }); // from the words that were read to the figure
  } else send({ type: status === "running" ? "pause" : "resume" });
});
on("moving", () => view.turn());
on("back", () => send({ type: "back" }));
on("next", () => send({ type: "next" }));
on("enough", () => send({ type: "next" }));
on("more", () => send({ type: "more", seconds: MORE_TIME }));
on("ease", () => ease(!run().note.eased));
on("how", () => meanwhile(explain));
on("settings", () => meanwhile(adjust));
on("skip", () => meanwhile(skip));
on("pain", () => meanwhile(pain));
on("stop", () => {
  view.show("stop-counts", run().anythingDone);
  if (session.state.status === "ready") location.assign(data.urls.today);
  else meanwhile(async () => (await ask("stop-dialog")) && stop());
});

addEventListener("keydown", (event) => {
  if (root.dataset.at !== "play" || document.querySelector("dialog[open]")) return;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const onButton = event.target instanceof HTMLElement && event.target.closest("button");
  const rtl = document.dir === "rtl";
  if (event.key === " " && !onButton) view.parts.toggle.click();
  else if (event.key === (rtl ? "ArrowRight" : "ArrowLeft")) view.parts.back.click();
  else if (event.key === (rtl ? "ArrowLeft" : "ArrowRight") && !view.parts.next.hidden) view.parts.next.click();
  else return;
  event.preventDefault();
});

/** @param {boolean} on */
function ease(on) {
  send({ type: "ease", on });
  if (on) view.announce(data.items[run().here.item].easier);
}

// --- Questions over the player

/** What runs waits while questions are asked, and goes on after them unless they led elsewhere.
 * @param {() => Promise<unknown>} questions */
async function meanwhile(questions) {
  const ran = session.state.status === "running";
  if (ran) send({ type: "pause" });
  await questions();
  if (ran && root.dataset.at === "play" && session.state.why === "asked") send({ type: "resume" });
}

/** Answers the open question. @type {(answer: string) => void} */
let close;

/** The answer, at once ("close" waits for a frame); "" without one. @param {string} name @returns {Promise<string>} */
function ask(name) {
  const dialog = dialogs[name];
  dialog.showModal();
  return new Promise((answer) => {
    close = (value) => {
      dialog.close();
      answer(value);
    };
    dialog.onclose = () => dialog.open || answer("");
  });
}
for (const button of all(root, "dialog button[value]")) {
  button.addEventListener("click", () => close(button.getAttribute("value") ?? ""));
}

function explain() {
  view.explain(run().here.item);
  return ask("how-dialog");
}

/** A reason, its tip, and only then the next stretch. */
async function skip() {
  const reason = await ask("skip-dialog");
  if (!reason) return;
  view.text("tip-words", data.tips[reason]);
  view.show("tip-how", reason === "not_sure_how");
  view.show("tip-ease", reason === "too_hard" && mayEase());
  const answer = await ask("tip-dialog");
  if (answer === "how") await explain();
  if (answer === "ease") ease(true);
  if (answer === "skip") send({ type: "skip", reason });
}

/** Pain during a stretch, and the rules that follow from it. */
async function pain() {
  for (const box of dialogs["pain-dialog"].querySelectorAll("input")) box.checked = false;
  view.show("pain-missing", false);
  if (!(await ask("pain-dialog"))) return;
  const value = Number(chosen("pain_now"));
  send({ type: "pain", value });
  if (session.state.status === "offering") await offer();
  else if (value > 0 && session.state.status === "paused") view.hint(data.texts.gently, session.state.at);
}
on("pain-next", () => {
  if (!missing("pain", chosen("pain_now") === null)) close("told");
});

/** Is an easier way left? */
function mayEase() {
  return data.items[run().here.item].easier !== "" && !run().note.eased;
}

/** The pain rules stop this stretch: the easier variant, or the next stretch. It has to be answered. */
async function offer() {
  view.show("offer-easier", mayEase());
  view.show("offer-ease", mayEase());
  view.text("offer-words", data.items[run().here.item].easier);
  let answer = "";
  while (!answer) answer = await ask("offer-dialog");
  if (answer === "ease") ease(true);
  else send(answer === "skip" ? { type: "skip", reason: "pain" } : { type: "stop" });
}

/** The switches: kept on this device, and said where it cannot do a thing. */
function adjust() {
  for (const [name, can] of Object.entries(abilities(data.language))) view.show(`no-${name}`, !can);
  return ask("settings-dialog");
}
for (const name of /** @type {(keyof Switches)[]} */ (Object.keys(switches))) {
  const field = /** @type {HTMLInputElement|HTMLSelectElement} */ (dialogs["settings-dialog"].querySelector(`[name=${name}]`));
  const ticked = field instanceof HTMLInputElement;
  if (ticked) field.checked = Boolean(switches[name]);
  else field.value = String(switches[name]);
  field.addEventListener("change", () => {
    Object.assign(switches, { [name]: ticked ? field.checked : Number(field.value) });
    store.write("switches", switches);
    send({ type: "pace", pace: pace() });
    sound.unlock();
    if (["tones", "vibration"].includes(name)) sound.give("hold", "");
    if (name === "voice") sound.give("paused", data.texts.hold);
  });
}

/** End here: with what was done, or, where nothing was, without a record. */
function stop() {
  if (run().anythingDone) {
    send({ type: "stop" });
    return;
  }
  awake.set(false);
  store.remove(kept);
  view.stage("nothing");
}

// --- Nothing was done: begin again, or say why not now

on("nothing-again", play);
for (const button of view.parts["nothing-reasons"].querySelectorAll("button")) {
  button.addEventListener("click", () => send({ type: "skip_all", reason: button.value }));
}

// --- After

function finish() {
  awake.set(false);
  save();
  view.show("after-pain", session.state.why === "pain");
  view.show("after-outdated", session.outdated);
  view.show("after-difficulty", session.items.some((item) => item.sets.length));
  if (session.state.why === "skipped") record({ pain_after: null, difficulty: "", note: "" });
  else view.stage("after");
}

on("after-next", () => {
  const painAfter = chosen("pain_after");
  if (missing("after", painAfter === null)) return;
  const note = /** @type {HTMLTextAreaElement} */ (view.parts.note).value.trim();
  view.disable("after-next", true);
  view.show("severe", Number(painAfter) >= data.stop.severe); // said by the device alone, with no network too
  record({ pain_after: painAfter, difficulty: picked("difficulty"), note });
});

/** @param {{pain_after: number|null, difficulty: string, note: string}} ratings */
async function record(ratings) {
  const body = sessionBody(data.prescription, session, ratings);
  store.add({ id: session.id, kind: "session", body, at: Date.now() });
  store.remove(kept);
  view.show("list", !session.outdated);
  if (!session.outdated) view.summary(run());
  await deliver();
  if (store.queue().some((entry) => entry.id === session.id)) view.stage("done");
  else show();
}

/** The session as the server has it. */
function show() {
  location.replace(data.urls.done.replace(data.no_id, session.id));
}

/** Send what waits, and say what does not go. */
async function deliver() {
  const { waiting, refused, trouble } = await sender.flush();
  view.show("unsent", waiting > 0);
  view.text("unsent-why", `${data.texts[store.keeps ? "kept" : "unkept"]} ${data.texts[trouble] ?? ""}`);
  view.show("urgent-untold", waiting > 0);
  view.show("urgent-told", waiting === 0);
  view.show("sign-in", trouble === "sign_in");
  view.show("refused", refused.length > 0);
  view.text("refused-words", refused.map((entry) => entry.refused).join(" "));
}

// --- What the page shares

/** @param {string} part @param {() => void} act */
function on(part, act) {
  view.parts[part].addEventListener("click", act);
}

/** What is chosen of several, or "". @param {string} name */
function picked(name) {
  return /** @type {HTMLInputElement|null} */ (root.querySelector(`[name="${name}"]:checked`))?.value ?? "";
}

/** The number chosen in a scale, or null. @param {string} name */
function chosen(name) {
  const value = picked(name);
  return value ? Number(value) : null;
}

/** Say what is missing at its place, and go there. @param {string} stage @param {boolean} yes */
function missing(stage, yes) {
  const words = view.parts[`${stage}-missing`];
  words.hidden = !yes;
  if (yes) words.focus();
  return yes;
}

// --- Begin, or go on

store.whenLeft(() => location.replace(data.urls.today));
on("send-now", sendAgain);
whenReachable(sendAgain);
async function sendAgain() {
  await deliver();
  if (root.dataset.at === "done" && !store.queue().length) show();
}
addEventListener("pagehide", () => {
  if (root.dataset.at === "play" && session.startedAt) save();
});
setInterval(tick, TICK);
if (store.queue().length) deliver();

view.show("unkept", !store.keeps);
if (store.saidYes()) view.stage("urgent"); // whatever page the device has kept
else if (!session.startedAt) {
  view.stage("before");
} else if (session.revision !== data.revision) {
  // The plan was changed meanwhile: the session cannot be led on, but what was done of it is recorded.
  session.outdated = true;
  finish();
} else {
  const away = Math.max(0, Date.now() - session.at);
  session.state = restore(session.state, { pace: pace(), clock: performance.now(), wall: Date.now() });
  if (session.state.status === "ended") finish();
  else if (away > LONG_AWAY) view.stage("resume");
  else {
    session.state.elapsed += away;
    goOn();
  }
}

on("resume-go", goOn);
on("resume-record", stop);
on("resume-anew", () => {
  store.remove(kept);
  session = fresh(0);
  view.stage("before");
});

function goOn() {
  view.draw(run());
  view.stage("play");
  if (session.state.status === "offering") offer();
}
