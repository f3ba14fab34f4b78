/**
 * Drawing the player: everything the patient sees and hears follows from a state of the machine.
 *
 * @import { Run } from "./machine.js"
 * @import { Cue, Data, Step } from "./types.d.ts"
 */

import { Film } from "../figures/film.js";
import { way, wayAt } from "../figures/movement.js";

/** Waiting steps: the patient may take longer, or go straight on. */
const WAITING = new Set(["get_ready", "change", "rest"]);
/** The page looks at the clock this often; ms */
export const TICK = 100;
/** Longer words, in characters, are set smaller. */
const LONG = 110;
/** What the steps of a stretch say at a step of the session, the first that there is. @type {Record<string, string[]>} */
const KINDS = { hold: ["hold", "breathe", "form"], release: ["release"] };
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {Element} root @param {string} selector @returns {HTMLElement[]} */
export const all = (root, selector) => [...root.querySelectorAll(selector)].filter((node) => node instanceof HTMLElement);

/** "Set {n} of {of}" → "Set 1 of 2" @param {string} text @param {Record<string, string|number>} values */
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

export class View {
  /** @param {HTMLElement} root @param {Data} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.texts = data.texts;
    /** @type {Record<string, HTMLElement>} */
    this.parts = {};
    for (const node of all(root, "[data-part]")) this.parts[node.dataset.part ?? ""] = node;
    this.ringRun = root.querySelector(".hw-ring-run");
    this.places = all(this.parts.figures, "[data-side]");
    /** Made when they are first seen: all at once would keep a small phone from asking its first question.
     * @type {Map<HTMLElement, Film|null>} */
    this.films = new Map();
    this.bars = all(this.parts.bars, "span");
    /** Does the figure show the way before the start, and for how many ms has it? */
    this.moving = !STILL.matches;
    this.moved = 0;
  }

  /** Show one stage alone and take the reader to its heading. @param {string} name */
  stage(name) {
    this.root.hidden = false;
    this.root.dataset.at = name;
    for (const own of all(this.root, "[data-stage]")) {
      own.hidden = own.dataset.stage !== name;
      if (own.hidden) continue;
      scrollTo({ top: 0, behavior: "instant" });
      all(own, "[data-heading]")[0]?.focus();
    }
  }

  /** Words for readers of the page, politely, at changes only. @param {string} words */
  announce(words) {
    this.text("live", words);
  }

  /** What to say at a cue of the machine. @param {Cue} cue @param {Run} run */
  words(cue, { here, left, state }) {
    const { name } = this.data.items[here.item];
    const side = this.texts[`side_${here.side}`];
    const stretch = side ? fill(this.texts.of_side, { name, side }) : name;
    // Without a get ready before it, a hold has to say of what it is.
    const named = cue === "hold" && state.pace.ready === 0 && here.repetition === 1 ? "named" : cue;
    return fill(this.texts[`say_${named}`] ?? "", { stretch, side, seconds: Math.round(left / 1000) });
  }

  /** @param {Run} run */
  draw(run) {
    const { here, note } = run;
    const { status, why } = run.state;
    const item = this.data.items[here.item];
    const ready = status === "ready";
    const running = status === "running";
    const waiting = running && WAITING.has(here.kind);
    Object.assign(this.parts.play.dataset, { kind: here.kind, status });
    this.text("name", item.name);
    this.text("place", this.place(here, item));
    this.text("phase", ready ? "" : this.texts[status === "paused" ? `paused_${why}` : here.kind]);
    this.text("seconds", ready ? "" : String(Math.ceil(run.left / 1000 - 0.001)));
    const advice = this.advice(run);
    this.text("advice", advice);
    this.parts.advice.classList.toggle("is-long", advice.length > LONG);
    const minutes = Math.ceil(run.remaining / 60_000);
    this.text("remaining", fill(this.texts[minutes > 1 ? "minutes_left" : "last_minute"], { minutes }));
    this.ring(run);
    this.figure(run);
    this.progress(run);
    this.text("toggle", this.texts[ready ? "start" : running ? "pause" : why === "wait" ? "start_stretch" : "go_on"]);
    const enough = running && here.kind === "hold";
    const shown = { more: waiting, next: waiting, enough, controls: !ready, before: ready, moving: ready && !STILL.matches };
    for (const [part, on] of Object.entries(shown)) this.show(part, on);
    this.disable("ease", item.easier === "");
    this.parts.ease.setAttribute("aria-pressed", String(note.eased));
  }

  /** @param {Step} here @param {Data["items"][0]} item */
  place(here, item) {
    const t = this.texts;
    const parts = [t[`side_${here.side}`]];
    if (item.sets > 1) parts.push(fill(t.set_of, { n: here.set, of: item.sets }));
    if (item.repetitions > 1) parts.push(fill(t.repetition_of, { n: here.repetition, of: item.repetitions }));
    return parts.filter(Boolean).join(" · ");
  }

  /** A word for this step alone. @param {string} words @param {number} at */
  hint(words, at) {
    this.hinted = { at, words };
    this.announce(words);
  }

  /** The words that belong to this moment: while the figure goes into the stretch, how to. @param {Run} run */
  advice(run) {
    const { here, note, state } = run;
    const item = this.data.items[here.item];
    if (state.status === "ready") return "";
    if (this.hinted?.at === state.at) return this.hinted.words;
    if (note.eased) return item.easier;
    const onTheWay = here.kind === "get_ready" && way(here.kind, run.share) > 0;
    const kinds = onTheWay ? ["move", "get_ready"] : (KINDS[here.kind] ?? ["get_ready", "move"]);
    const of = (/** @type {string} */ kind) => item.steps.find((step) => step.kind === kind)?.text;
    return kinds.map(of).find(Boolean) ?? "";
  }

  /** The ring drains; where motion is unwelcome it moves once a second. @param {Run} run */
  ring({ length, share, state }) {
    const seconds = Math.max(1, length / 1000);
    const part = STILL.matches ? Math.floor(share * seconds) / seconds : share;
    this.ringRun?.setAttribute("stroke-dasharray", `${(100 * (state.status === "ready" ? 1 : 1 - part)).toFixed(2)} 100`);
  }

  /** The figure goes with the step: into the stretch before the hold, out of it at the release. @param {Run} run */
  figure({ here, length, share, state }) {
    const { id } = this.data.items[here.item];
    for (const place of this.places) {
      place.hidden = place.dataset.item !== id || place.dataset.side !== here.side;
      const film = !place.hidden && this.film(place);
      if (!film) continue;
      // Where motion is unwelcome both positions stand there, and the one to be in now is marked.
      place.dataset.now = here.kind === "hold" ? "held" : "start";
      if (state.status === "ready") {
        if (this.moving) film.move(wayAt((this.moved += TICK)), TICK);
      } else if (state.status === "running") film.move(way(here.kind, Math.min(1, share + TICK / Math.max(TICK, length))), TICK);
      else film.show(way(here.kind, share));
    }
  }

  /** @param {HTMLElement} place */
  film(place) {
    let film = this.films.get(place);
    if (film === undefined) {
      film = filmOf(place);
      this.films.set(place, film);
      if (film) place.append(...(STILL.matches ? plate(place) : [film.svg]));
    }
    return film;
  }

  /** The figure that shows the way before the start moves, or stands still. */
  turn() {
    this.moving = !this.moving;
    this.text("moving", this.parts.moving.dataset[this.moving ? "pause" : "play"] ?? "");
  }

  /** @param {Run} run */
  progress(run) {
    const now = run.here.item;
    this.text("count", fill(this.texts.stretch_of, { n: now + 1, of: this.bars.length }));
    this.bars.forEach((bar, index) => {
      const { done, of } = run.counts(index);
      bar.className = done === of ? "full" : index === now ? "now" : run.state.notes[index].skip ? "skipped" : "";
    });
  }

  /** What was done, stretch by stretch. @param {Run} run */
  summary(run) {
    this.text("total", fill(this.texts.sets_done, run.counts()));
    all(this.parts.list, ".hw-number").forEach((count, index) => {
      count.textContent = fill(this.texts.of, run.counts(index));
    });
  }

  /** The steps, pictures and cautions of one stretch. @param {number} index */
  explain(index) {
    all(this.parts.explanations, "[data-item]").forEach((node, nth) => {
      node.hidden = nth !== index;
      const place = this.places.find((each) => each.dataset.item === node.dataset.item);
      if (node.hidden || !place) return;
      const pictures = plate(place);
      for (const picture of pictures) picture.setAttribute("aria-hidden", "true"); // the steps beside say it
      node.querySelector("[data-pictures]")?.replaceChildren(...pictures);
    });
  }

  /** @param {string} part @param {string} words */
  text(part, words) {
    const node = this.parts[part];
    if (node.textContent !== words) node.textContent = words;
  }

  /** @param {string} part @param {boolean} on */
  show(part, on) {
    if (this.parts[part].hidden !== on) return;
    if (!on) this.rescue(this.parts[part]);
    this.parts[part].hidden = !on;
  }

  /** @param {string} part @param {boolean} off */
  disable(part, off) {
    if (off) this.rescue(this.parts[part]);
    this.parts[part].toggleAttribute("disabled", off);
  }

  /** The focus of a button that goes stays near: at the one that is always there. @param {HTMLElement} going */
  rescue(going) {
    if (going.contains(document.activeElement) && going.closest(".play-bar")) this.parts.toggle.focus();
  }
}
