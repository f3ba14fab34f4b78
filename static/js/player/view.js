/** Drawing the player: everything the patient sees and hears follows from a state of the machine. */

import { Film } from "../figures/film.js";
import { Loop } from "../figures/loop.js";
import { way } from "../figures/movement.js";
import { counts, current, left, remaining, share } from "./machine.js";

/** Waiting steps: the patient may take longer, or go straight on. */
const WAITING = new Set(["get_ready", "change", "rest"]);
/** The page looks at the clock this often; ms */
export const TICK = 100;
/** Words longer than this are set smaller, in characters. */
const LONG = 110;
/** What the steps of a stretch say at a step of the session, the first that there is. @type {Record<string, string[]>} */
const KINDS = { hold: ["hold", "breathe", "form"], release: ["release"] };
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** "Set {n} of {of}" → "Set 1 of 2" @param {string} text @param {Record<string, any>} values */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

/** The film of one side of a stretch, at its start; null when it has no figure. @param {HTMLElement} place */
function filmOf(place) {
  const { item = "", side = "none", title = "", description = "" } = place.dataset;
  const reel = document.getElementById(item)?.textContent;
  return reel ? new Film(JSON.parse(reel), { side, title, description }) : null;
}

/** The start and the held position, as pictures; the words for them stand beside. @param {HTMLElement} place */
function plate(place) {
  return [0, 1].flatMap((part) => {
    const film = filmOf(place);
    film?.show(part);
    return film ? [film.svg] : [];
  });
}

/** Two pictures stand side by side when they are tall, one above the other when they are wide. @param {SVGElement} svg */
function shape(svg) {
  const [, , width, height] = (svg.getAttribute("viewBox") ?? "").split(" ").map(Number);
  return width > 1.2 * height ? "wide" : "tall";
}

export class View {
  /** @param {HTMLElement} root @param {any} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.texts = data.texts;
    /** @type {Record<string, any>} */
    this.parts = {};
    for (const node of root.querySelectorAll("[data-part]")) {
      this.parts[/** @type {HTMLElement} */ (node).dataset.part ?? ""] = node;
    }
    this.ringRun = /** @type {SVGElement} */ (root.querySelector(".hw-ring-run"));
    /** @type {Map<HTMLElement, Film|null>} */
    this.films = new Map();
    for (const place of this.parts.figures.querySelectorAll("[data-side]")) {
      const film = filmOf(place);
      this.films.set(place, film);
      if (film) place.dataset.shape = shape(film.svg);
      if (film && STILL.matches) place.append(...plate(place));
      else if (film) place.append(film.svg);
      else place.append(Object.assign(document.createElement("p"), { className: "fig-words", textContent: place.dataset.description }));
    }
    this.bars = data.items.map(() => this.parts.bars.appendChild(document.createElement("span")));
  }

  /** Show one stage alone and take the reader to its heading. @param {string} name */
  stage(name) {
    this.root.hidden = false;
    this.root.dataset.at = name;
    for (const section of this.root.querySelectorAll("[data-stage]")) {
      const own = /** @type {HTMLElement} */ (section);
      own.hidden = own.dataset.stage !== name;
      if (!own.hidden) {
        scrollTo({ top: 0, behavior: "instant" });
        /** @type {HTMLElement|null} */ (own.querySelector("[data-heading]"))?.focus();
      }
    }
  }

  /** Words for readers of the page, politely, at changes only. @param {string} words */
  announce(words) {
    this.text("live", words);
  }

  /** What to say at a cue of the machine. @param {string} cue @param {any} plan @param {any} state */
  words(cue, plan, state) {
    const here = current(plan, state);
    const item = this.data.items[here.item];
    const side = this.texts[`side_${here.side}`];
    const values = { name: item.name, side, seconds: here.seconds };
    const known = this.texts[`say_${cue}_${here.side === "none" ? "plain" : "side"}`] ?? this.texts[`say_${cue}`];
    return fill(known ?? "", values);
  }

  /** @param {any} plan @param {any} state */
  draw(plan, state) {
    const here = current(plan, state);
    const item = this.data.items[here.item];
    const running = state.status === "running";
    const halted = state.status === "paused";
    const note = state.notes[here.item];
    const { play } = this.parts;
    play.dataset.kind = here.kind;
    play.dataset.status = state.status;
    this.text("name", item.name);
    this.text("place", this.place(here, item));
    this.text("phase", halted ? this.texts[`paused_${state.why}`] : state.status === "ready" ? "" : this.texts[here.kind]);
    this.text("seconds", state.status === "ready" ? "" : String(Math.ceil(left(plan, state) / 1000 - 0.001)));
    const advice = this.advice(plan, state);
    this.text("advice", advice);
    this.parts.advice.classList.toggle("is-long", advice.length > LONG);
    this.text("remaining", this.minutes(remaining(plan, state)));
    this.ring(plan, state);
    this.figure(plan, state);
    this.progress(plan, state, here.item);
    this.text("toggle", this.texts[state.status === "ready" ? "start" : halted ? (state.why === "wait" ? "start_stretch" : "go_on") : "pause"]);
    this.parts.toggle.dataset.does = running ? "pause" : "run";
    this.show("more", running && WAITING.has(here.kind));
    this.show("next", running && WAITING.has(here.kind));
    this.show("enough", running && here.kind === "hold");
    this.show("controls", state.status !== "ready");
    this.show("before", state.status === "ready");
    this.parts.ease.disabled = item.easier === "";
    this.parts.ease.setAttribute("aria-pressed", String(note.eased));
  }

  /** @param {any} here @param {any} item */
  place(here, item) {
    const t = this.texts;
    const parts = [];
    if (here.side !== "none") parts.push(t[`side_${here.side}`]);
    if (item.sets > 1) parts.push(fill(t.set_of, { n: here.set, of: item.sets }));
    if (item.repetitions > 1) parts.push(fill(t.repetition_of, { n: here.repetition, of: item.repetitions }));
    return parts.join(" · ");
  }

  /** A word for this step alone. @param {string} words @param {any} state */
  hint(words, state) {
    this.hinted = { at: state.at, words };
    this.announce(words);
  }

  /** The words that belong to this moment: while the figure goes into the stretch, how to. @param {any} plan @param {any} state */
  advice(plan, state) {
    const here = current(plan, state);
    const item = this.data.items[here.item];
    const note = state.notes[here.item];
    if (state.status === "ready") return "";
    if (this.hinted?.at === state.at) return this.hinted.words;
    if (note.eased) return item.easier;
    const onTheWay = here.kind === "get_ready" && way(here.kind, share(plan, state)) > 0;
    const kinds = onTheWay ? ["move", "get_ready"] : (KINDS[here.kind] ?? ["get_ready", "move"]);
    const of = (/** @type {string} */ kind) => item.steps.find((/** @type {any} */ step) => step.kind === kind)?.text;
    return kinds.map(of).find(Boolean) ?? "";
  }

  /** @param {number} ms */
  minutes(ms) {
    const minutes = Math.ceil(ms / 60_000);
    return fill(ms < 60_000 ? this.texts.last_minute : this.texts.minutes_left, { minutes });
  }

  /** The ring drains; where motion is unwelcome it moves once a second. @param {any} plan @param {any} state */
  ring(plan, state) {
    let part = state.status === "ready" ? 0 : share(plan, state);
    if (STILL.matches) {
      const { seconds } = current(plan, state);
      part = Math.floor(part * seconds) / seconds;
    }
    this.ringRun.setAttribute("stroke-dasharray", `${(100 * (1 - part)).toFixed(2)} 100`);
  }

  /** The figure goes with the step: into the stretch before the hold, out of it at the release. @param {any} plan @param {any} state */
  figure(plan, state) {
    const here = current(plan, state);
    const { id } = this.data.items[here.item];
    for (const [place, film] of this.films) {
      place.hidden = place.dataset.item !== id || place.dataset.side !== here.side;
      if (place.hidden || !film) continue;
      // Where motion is unwelcome both positions stand there, and the one to be in now is marked.
      place.dataset.now = here.kind === "hold" ? "held" : "start";
      if (state.status === "ready") {
        this.preview(film);
        continue;
      }
      this.loop?.pause();
      const running = state.status === "running";
      const ahead = running ? TICK / (here.seconds * 1000) : 0;
      const part = way(here.kind, Math.min(1, share(plan, state) + ahead));
      if (running) film.move(part, TICK);
      else film.show(part);
    }
  }

  /** Before the start the figure shows the way, where motion is welcome; a press stops it. @param {Film} film */
  preview(film) {
    if (this.loop || STILL.matches) return;
    this.loop = new Loop(film);
    this.show("moving", true);
    this.turn();
  }

  /** The figure that shows the way moves, or stands still. */
  turn() {
    const { loop } = this;
    if (loop?.running) loop.pause();
    else loop?.play();
    this.text("moving", this.parts.moving.dataset[loop?.running ? "pause" : "play"]);
  }

  /** @param {any} plan @param {any} state @param {number} now */
  progress(plan, state, now) {
    this.text("count", fill(this.texts.stretch_of, { n: now + 1, of: plan.items.length }));
    this.bars.forEach((bar, index) => {
      const { done, of } = counts(plan, state, index);
      bar.className = done === of ? "full" : index === now ? "now" : state.notes[index].skip ? "skipped" : "";
    });
  }

  /** What was done, stretch by stretch. @param {any} plan @param {any} state */
  summary(plan, state) {
    const { done, of } = counts(plan, state);
    this.text("total", fill(this.texts.sets_done, { done, of }));
    this.parts.list.replaceChildren(
      ...plan.items.map((/** @type {any} */ item, /** @type {number} */ index) => {
        const row = document.createElement("li");
        const own = counts(plan, state, index);
        const name = document.createElement("span");
        const count = document.createElement("span");
        name.textContent = item.name;
        count.textContent = fill(this.texts.of, { done: own.done, of: own.of });
        row.append(name, count);
        return row;
      }),
    );
  }

  /** The steps, pictures and cautions of one stretch. @param {number} index */
  explain(index) {
    const { id, sides } = this.data.items[index];
    for (const node of this.parts.explanations.children) {
      node.hidden = node.dataset.item !== id;
      if (node.hidden) continue;
      const place = [...this.films.keys()].find((f) => f.dataset.item === id && f.dataset.side === sides[0]);
      const pictures = place ? plate(place) : [];
      for (const picture of pictures) picture.setAttribute("aria-hidden", "true"); // the steps beside say it
      node.querySelector("[data-pictures]").replaceChildren(...pictures);
      if (index === 0) this.parts.steps.replaceChildren(node.querySelector(".steps").cloneNode(true));
    }
  }

  /** @param {string} part @param {string} words */
  text(part, words) {
    const node = this.parts[part];
    if (node.textContent !== words) node.textContent = words;
  }

  /** @param {string} part @param {boolean} on */
  show(part, on) {
    if (this.parts[part].hidden === on) this.parts[part].hidden = !on;
  }
}
