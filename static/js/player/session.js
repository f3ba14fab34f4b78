/** A guided session, from "how is your pain now?" to what was done: the stages, and who talks to whom. */

import { anythingDone, begin, cues, current, makePlan, performed, restore, step } from "./machine.js";
import { newId, screenBody, Sender, sessionBody, whenReachable } from "./send.js";
import { Awake, Sound } from "./sound.js";
import { shelf, Store } from "./store.js";
import { TICK, View } from "./view.js";

/** After this long away the patient is asked first whether the session goes on. ms */
const LONG_AWAY = 3_600_000;
const MORE_TIME = 15; // s

const root = /** @type {HTMLElement} */ (document.querySelector("[data-player]"));
const data = JSON.parse(document.getElementById("player-data")?.textContent ?? "{}");
const store = new Store(shelf(), data.user);
const sender = new Sender(store, data);
const view = new View(root, data);
const plan = makePlan(data);
const kept = `session:${data.prescription}`;
const switches = { tones: true, voice: true, vibration: true, wait: false, ...store.read("switches") };
const sound = new Sound(switches, data.language);
const awake = new Awake();

/** The session under way: what of it outlives a reload. @type {any} */
let session = store.read(kept);
let savedAt = 0;
/** What the patient says about pain, until the session begins. @type {number|null} */
let painBefore = null;

// --- Time

/** @param {string} type @param {any} [more] */
function send(type, more = {}) {
  const before = session.state;
  const after = step(plan, before, { type, now: performance.now(), ...more });
  session.state = after;
  for (const cue of cues(plan, before, after)) {
    const words = view.words(cue, plan, after);
    if (words) view.announce(words);
    sound.give(cue, words);
  }
  if (after.status === "paused" && before.status === "running") sound.hush();
  awake.set(after.status === "running");
  if (type !== "tick" || Date.now() - savedAt >= 1000) save();
  if (after.status === "ended") return finish();
  view.draw(plan, after);
  if (after.status === "offering" && before.status !== "offering") offer();
}

function tick() {
  if (session?.state.status === "running") send("tick");
}

/** With what was done so far: should the plan change meanwhile, nothing is lost. */
function save() {
  savedAt = Date.now();
  if (!session.outdated) session.items = performed(plan, session.state);
  store.write(kept, { ...session, at: savedAt });
}

// --- Before

on("before-next", "click", () => {
  painBefore = chosen("pain_before");
  if (missing("before", painBefore === null)) return;
  if (data.questions_due || Number(painBefore) >= data.stop.severe) view.stage("safety");
  else play();
});

on("safety-next", "click", async () => {
  /** @type {Record<string, boolean>} */
  const answers = {};
  for (const name of data.questions) {
    const value = /** @type {HTMLInputElement|null} */ (root.querySelector(`[name="${name}"]:checked`))?.value;
    if (value) answers[name] = value === "yes";
  }
  if (missing("safety", Object.keys(answers).length < data.questions.length)) return;
  const body = screenBody(newId(), answers, Date.now());
  store.add({ id: body.id, kind: "screen", body, at: Date.now() });
  if (Object.values(answers).some(Boolean)) {
    store.remove(kept);
    view.stage("urgent"); // at once, whatever the network does
    await deliver();
    return;
  }
  deliver();
  if (Number(painBefore) >= data.stop.severe) view.stage("high");
  else play();
});

on("high-go", "click", play);

function play() {
  session = {
    id: newId(),
    revision: data.revision,
    painBefore,
    state: begin(plan, { painBefore: Number(painBefore), wait: switches.wait }),
  };
  view.draw(plan, session.state);
  view.explain(0);
  view.stage("play");
}

// --- The player

const dialogs = /** @type {Record<string, HTMLDialogElement>} */ (view.parts);

on("toggle", "click", () => {
  const { status } = session.state;
  sound.unlock();
  if (status === "ready") {
    session.startedAt = Date.now();
    send("start");
    scrollTo({ top: 0, behavior: "instant" }); // from the words that were read to the figure
  } else send(status === "running" ? "pause" : "resume");
});
on("moving", "click", () => view.turn());
on("back", "click", () => send("back"));
on("next", "click", () => send("next"));
on("enough", "click", () => send("next"));
on("more", "click", () => send("more", { seconds: MORE_TIME }));
on("ease", "click", () => {
  const { item } = current(plan, session.state);
  const eased = !session.state.notes[item].eased;
  send("ease", { on: eased });
  if (eased) view.announce(data.items[item].easier);
});

addEventListener("keydown", (event) => {
  const busy = root.dataset.at !== "play" || document.querySelector("dialog[open]") || event.altKey || event.ctrlKey || event.metaKey;
  if (busy) return;
  const onButton = event.target instanceof HTMLElement && event.target.closest("button, a, input, summary");
  if (event.key === " " && !onButton) view.parts.toggle.click();
  else if (event.key === "ArrowLeft") view.parts.back.click();
  else if (event.key === "ArrowRight" && !view.parts.next.hidden) view.parts.next.click();
  else return;
  event.preventDefault();
});

/** Did the player run before a question was asked? */
let wasRunning = false;

/** Open a dialog over the paused player; closing it without an answer goes on as before. @param {string} name */
function ask(name) {
  wasRunning = session.state.status === "running";
  if (wasRunning) send("pause");
  const dialog = dialogs[name];
  dialog.returnValue = "";
  dialog.showModal();
  dialog.onclose = () => {
    if (dialog.returnValue === "" && wasRunning && session.state.status === "paused") send("resume");
  };
}

on("how", "click", () => {
  view.explain(current(plan, session.state).item);
  ask("how-dialog");
});

on("sound", "click", () => ask("sound-dialog"));
for (const box of view.parts["sound-dialog"].querySelectorAll("input")) {
  box.checked = switches[box.name];
  box.addEventListener("change", () => {
    switches[box.name] = box.checked;
    store.write("switches", { ...switches });
    if (box.name === "wait") send("wait", { on: box.checked });
    if (box.name === "tones" && box.checked) {
      sound.unlock();
      sound.give("hold", "");
    }
  });
}

// Skip: a reason, its tip, and only then the next stretch.
/** @type {string} */
let skipReason = "";
on("skip", "click", () => {
  skipReason = "";
  view.show("skip-tip", false);
  view.show("skip-reasons", true);
  ask("skip-dialog");
});
for (const button of view.parts["skip-reasons"].querySelectorAll("button[value]")) {
  button.addEventListener("click", () => {
    skipReason = button.value;
    view.text("skip-words", data.tips[skipReason]);
    view.show("skip-show", skipReason === "not_sure_how");
    view.show("skip-ease", skipReason === "too_hard" && mayEase());
    view.show("skip-reasons", false);
    view.show("skip-tip", true);
    view.parts["skip-tip"].focus();
  });
}
on("skip-show", "click", () => {
  const ran = wasRunning;
  dialogs["skip-dialog"].close("show");
  view.parts.how.click();
  wasRunning = ran; // what ran before the first question runs on after the second
});
on("skip-ease", "click", () => {
  dialogs["skip-dialog"].close();
  view.parts.ease.click();
});
on("skip-now", "click", () => {
  dialogs["skip-dialog"].close("skip");
  send("skip", { reason: skipReason });
});

// Pain during a stretch, and the rules that follow from it.
on("pain", "click", () => {
  for (const box of dialogs["pain-dialog"].querySelectorAll("input")) box.checked = false;
  ask("pain-dialog");
});
on("pain-next", "click", () => {
  const value = chosen("pain_now");
  if (missing("pain", value === null)) return;
  dialogs["pain-dialog"].close("given");
  send("pain", { value });
  if (session.state.status !== "paused") return;
  if (wasRunning) send("resume");
  if (value > 0) view.hint(data.texts.gently, session.state);
  view.draw(plan, session.state);
});

/** Is there an easier way that was not taken yet? */
function mayEase() {
  const { item } = current(plan, session.state);
  return data.items[item].easier !== "" && !session.state.notes[item].eased;
}

/** The pain rules stop this stretch: the easier variant, or the next stretch. */
function offer() {
  view.show("offer-easier", mayEase());
  view.show("offer-ease", mayEase());
  view.text("offer-words", data.items[current(plan, session.state).item].easier);
  dialogs["offer-dialog"].showModal();
}
dialogs["offer-dialog"].addEventListener("close", () => {
  if (session.state.status === "offering") offer(); // it has to be answered
});
on("offer-ease", "click", () => {
  dialogs["offer-dialog"].close();
  send("ease");
});
on("offer-skip", "click", () => {
  dialogs["offer-dialog"].close();
  send("skip", { reason: "pain" });
});
on("offer-stop", "click", () => {
  dialogs["offer-dialog"].close();
  send("stop");
});

on("stop", "click", () => {
  if (session.state.status === "ready") leave();
  else ask("stop-dialog");
});
on("stop-now", "click", () => {
  dialogs["stop-dialog"].close("stop");
  if (anythingDone(session.state)) send("stop");
  else leave();
});

for (const dialog of root.querySelectorAll("dialog")) {
  for (const closer of dialog.querySelectorAll("[data-close]")) closer.addEventListener("click", () => dialog.close());
}

function leave() {
  store.remove(kept);
  location.assign(data.urls.today);
}

// --- After

function finish() {
  awake.set(false);
  session.endedAt ??= Math.max(Date.now(), session.startedAt);
  save();
  view.show("after-pain", session.state.why === "pain");
  view.show("after-outdated", session.outdated);
  view.show("after-difficulty", session.items.some((/** @type {any} */ i) => i.sets.length));
  view.stage("after");
}

on("after-next", "click", async () => {
  const painAfter = chosen("pain_after");
  if (missing("after", painAfter === null)) return;
  const body = sessionBody(data.prescription, session, {
    pain_after: painAfter,
    difficulty: /** @type {HTMLInputElement|null} */ (root.querySelector("[name=difficulty]:checked"))?.value ?? "",
    note: /** @type {HTMLTextAreaElement} */ (view.parts.note).value.trim(),
  });
  store.add({ id: session.id, kind: "session", body, at: Date.now() });
  store.remove(kept);
  if (!session.outdated) view.summary(plan, session.state);
  view.parts["after-next"].disabled = true;
  view.show("severe", Number(painAfter) >= data.stop.severe); // said by the device alone, with no network too
  await deliver();
  if (!store.queue().some((e) => e.id === session.id)) location.replace(data.urls.done.replace(data.no_id, session.id));
  else view.stage("done");
});

/** Send what waits, and say what does not go. */
async function deliver() {
  const { waiting, refused, trouble } = await sender.flush();
  view.show("unsent", waiting > 0);
  view.text("unsent-why", `${data.texts[store.keeps ? "kept" : "unkept"]} ${data.texts[trouble] ?? ""}`);
  view.show("urgent-untold", waiting > 0);
  view.show("urgent-told", waiting === 0);
  view.show("sign-in", trouble === "sign_in");
  view.show("refused", refused.length > 0);
  view.text("refused-words", refused.map((e) => e.refused).join(" "));
}

// --- What the page shares

/** @param {string} part @param {string} type @param {(event: any) => void} act */
function on(part, type, act) {
  view.parts[part].addEventListener(type, act);
}

/** The number chosen in a scale, or null. @param {string} name */
function chosen(name) {
  const box = /** @type {HTMLInputElement|null} */ (root.querySelector(`[name="${name}"]:checked`));
  return box ? Number(box.value) : null;
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
on("send-now", "click", sendAgain);
whenReachable(sendAgain);
async function sendAgain() {
  await deliver();
  const sent = root.dataset.at === "done" && !store.queue().length;
  if (sent && session) location.replace(data.urls.done.replace(data.no_id, session.id));
}
addEventListener("pagehide", () => {
  if (session?.startedAt && session.state.status !== "ended") save();
});
setInterval(tick, TICK);
if (store.queue().length) deliver();

view.show("unkept", !store.keeps);
if (store.saidYes()) view.stage("urgent"); // whatever page the device has kept
else if (!session?.startedAt) {
  session = null;
  view.stage("before");
} else if (session.revision !== data.revision) {
  // The plan was changed meanwhile: the session cannot be led on, but what was done of it is recorded.
  session.outdated = true;
  session.endedAt ??= session.at;
  finish();
} else {
  session.state = restore(session.state);
  painBefore = session.painBefore;
  if (session.state.status === "ended") finish();
  else if (Date.now() - session.at > LONG_AWAY) view.stage("resume");
  else goOn();
}

on("resume-go", "click", goOn);
on("resume-record", "click", () => {
  if (!anythingDone(session.state)) return leave();
  session.endedAt = session.at;
  send("stop");
});
on("resume-anew", "click", () => {
  store.remove(kept);
  session = null;
  view.stage("before");
});

function goOn() {
  view.draw(plan, session.state);
  view.stage("play");
  if (session.state.status === "offering") offer();
}
