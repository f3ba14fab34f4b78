/**
 * The player as a state machine. Pure: no clock, screen, sound, storage or network of its own.
 *
 * Every event carries two readings in ms: `now`, of a clock that only runs forward (`performance.now()`), and `wall`,
 * of the device's own (`Date.now()`). Time is measured between readings, never counted in ticks, so a slow, hidden or
 * throttled tab leaves a hold as long as it was.
 *
 * Only `now` measures. `wall` can be set in any direction, by hand or by the network, so it adds nothing to a hold and
 * takes nothing away. But on some phones `now` stands still while the device sleeps, and `wall` alone tells. So the
 * player pauses where `now` has leapt (it slept, and `now` ran on) and where `wall` has gone ahead of it (it slept, and
 * `now` did not; or somebody set the clock, and a pause is the smaller evil), and credits nothing of the gap.
 *
 * @import { Cue, Done, Event, Item, Pace, Plan, Rules, Side, State, Step, StopRules } from "./types.d.ts"
 */

/** Hidden tabs are woken once a minute at the least; what is longer was a sleeping device. ms */
export const LONGEST_GAP = 90_000;
/** So far may the wall clock go ahead between two readings; networks correct it by less. ms */
export const LARGEST_LEAD = 5_000;
/** Whoever was away for longer has left the session meanwhile. ms */
export const LONG_AWAY = 3_600_000;
/** Going back after this long repeats the hold itself, before it the one before. ms */
const JUST_BEGUN = 2_000;

/** @param {{items: Item[]} & Rules} data @returns {Plan} */
export function makePlan({ items, timing, stop, full_share }) {
  return { items, stop, fullShare: full_share, steps: script(items, timing) };
}

/** Every step from the first "get ready" to the last release.
 * @param {Item[]} items @param {Rules["timing"]} timing */
export function script(items, timing) {
  /** @type {Step[]} */
  const steps = [];
  items.forEach((item, index) => {
    for (let set = 1; set <= item.sets; set += 1) {
      item.sides.forEach((side, nth) => {
        const place = { item: index, set, side, repetition: 1 };
        if (nth > 0) steps.push({ ...place, kind: "change", seconds: timing.change_sides });
        steps.push({ ...place, kind: "get_ready", seconds: timing.get_ready });
        for (let repetition = 1; repetition <= item.repetitions; repetition += 1) {
          steps.push({ ...place, repetition, kind: "hold", seconds: item.hold });
          steps.push({ ...place, repetition, kind: "release", seconds: timing.release });
        }
      });
      const next = set < item.sets ? { item: index, set: set + 1 } : { item: index + 1, set: 1 };
      if (item.rest > 0 && next.item < items.length) {
        const side = items[next.item].sides[0];
        steps.push({ ...next, side, repetition: 1, kind: "rest", seconds: item.rest });
      }
    }
  });
  return steps;
}

/** @param {Plan} plan @param {{painBefore: number, pace: Pace}} options @returns {State} */
export function begin(plan, { painBefore, pace }) {
  const place = { at: 0, spent: 0, extra: 0, into: null };
  const times = { clock: 0, wall: 0, elapsed: 0, attempt: 0 };
  const notes = plan.items.map(() => ({ skip: "", eased: false, pain: null }));
  return { status: "ready", why: "", ...place, ...times, held: {}, notes, pace, painBefore };
}

/** A state read back after a reload: nothing runs until the person says so. Pace and clocks are those of this page.
 * @param {State} state @param {Pick<State, "pace"|"clock"|"wall">} here @returns {State} */
export function restore(state, here) {
  return state.status === "running" ? { ...state, ...here, status: "paused", why: "reload" } : { ...state, ...here };
}

/** What a pain (NPRS) during an exercise means, when the session began with `atStart`.
 * @param {StopRules} stop @param {number} value @param {number} atStart */
export function advise(stop, value, atStart) {
  if (value >= stop.severe) return "end_session";
  return value > stop.above || value - atStart >= stop.rise ? "stop_exercise" : "go_on";
}

/** ms of a step at that pace @param {Step} step @param {Pace} pace */
function planned({ kind, seconds }, pace) {
  if (kind === "get_ready") return pace.ready * 1000;
  return seconds * 1000 * (kind === "rest" ? pace.rest : 1);
}

/** @param {{item: number, set: number, side: Side}} place */
const slot = ({ item, set, side }) => `${item}/${set}/${side}`;

/** A plan, and how far somebody has come with it. The state is plain JSON; `step` gives another run and leaves this one
 * as it was. */
export class Run {
  /** @param {Plan} plan @param {State} state */
  constructor(plan, state) {
    this.plan = plan;
    this.state = state;
  }

  /** The running step; a hold that goes on after a get ready is that get ready first. @returns {Step} */
  get here() {
    const step = this.plan.steps[this.state.at];
    return this.state.into === null ? step : { ...step, kind: "get_ready" };
  }

  /** ms that the running step takes in all */
  get length() {
    return planned(this.here, this.state.pace) + this.state.extra;
  }

  /** ms left of it */
  get left() {
    return this.length - this.state.spent;
  }

  /** 0..1 of it */
  get share() {
    return Math.min(1, this.state.spent / Math.max(1, this.length));
  }

  /** ms to the end of the session, if all goes on as planned */
  get remaining() {
    const { status, at, into, pace } = this.state;
    if (status === "ended") return 0;
    const hold = into === null ? 0 : this.plan.steps[at].seconds * 1000 - into;
    return this.plan.steps.slice(at + 1).reduce((sum, step) => sum + planned(step, pace), this.left + hold);
  }

  /** What was said of the exercise under way. */
  get note() {
    return this.state.notes[this.here.item];
  }

  /** Has anything happened that is worth keeping? */
  get anythingDone() {
    const { held, notes } = this.state;
    return Object.values(held).some((ms) => ms >= 1000) || notes.some((n) => n.skip !== "" || n.pain !== null);
  }

  /** What was done, item by item, as the server wants it; `held` in seconds to a tenth. @returns {Done[]} */
  performed() {
    return this.plan.items.map((item, index) => {
      const sets = [];
      for (let set = 1; set <= item.sets; set += 1) {
        for (const side of item.sides) {
          const ms = this.state.held[slot({ item: index, set, side })] ?? 0;
          if (ms > 0) sets.push({ side, held: Math.round(ms / 100) / 10 });
        }
      }
      const { skip, eased, pain } = this.state.notes[index];
      return { item: item.id, sets, skip_reason: skip, eased, pain };
    });
  }

  /** Full sets of all sets, in all or of one item: a set is full from `fullShare` of hold × repetitions on.
   * @param {number} [only] */
  counts(only) {
    let done = 0;
    let of = 0;
    this.performed().forEach(({ sets }, index) => {
      if (only !== undefined && only !== index) return;
      const { sets: asked, sides, hold, repetitions } = this.plan.items[index];
      of += asked * sides.length;
      done += sets.filter((s) => s.held >= this.plan.fullShare * hold * repetitions).length;
    });
    return { done, of };
  }

  /** What to say and sound after `before`: the kind of a step that was entered; "count", the last three seconds before a
   * hold; and others. @param {Run} before @returns {Cue[]} */
  cues(before) {
    const [was, is] = [before.state, this.state];
    if (is.status !== was.status) {
      if (is.status === "ended") return is.why === "finished" ? ["finished"] : [];
      if (is.status === "paused") return [is.why === "asleep" ? "asleep" : is.why === "wait" ? "waiting" : "paused"];
      if (is.status !== "running") return [];
      const goesOn = was.at === is.at && was.into === is.into && is.spent > 0;
      return [goesOn ? "resumed" : this.here.kind];
    }
    if (is.status !== "running") return [];
    const { kind, seconds } = this.here;
    if (is.at !== was.at || is.into !== was.into || is.spent < was.spent) return [kind];
    const crossed = (/** @type {number} */ s) => before.left > s * 1000 && this.left <= s * 1000;
    if (kind === "hold" && seconds >= 20 && crossed(10)) return ["ten_left"];
    if (kind === "get_ready" && [3, 2, 1].some(crossed)) return ["count"];
    return [];
  }

  /** The run after an event. One that makes no sense now only lets the time pass. @param {Event} event */
  step(event) {
    const next = new Run(this.plan, structuredClone(this.state));
    next.#pass(event);
    next.#take(event);
    while (next.state.status === "running" && next.left <= 0) next.#advance();
    return next;
  }

  // --- The moves

  /** @param {Event} event */
  #take(event) {
    const { state } = this;
    const going = state.status === "running" || state.status === "paused";
    const live = going || state.status === "offering";
    switch (event.type) {
      case "start":
        if (state.status === "ready") this.#be("running");
        break;
      case "pause":
        if (state.status === "running") this.#be("paused", "asked");
        break;
      case "resume":
        if (state.status === "paused") this.#goOn();
        break;
      case "more":
        if (going && this.here.kind !== "hold") state.extra += event.seconds * 1000;
        break;
      case "next":
        if (going) {
          this.#be("running");
          this.#advance();
        }
        break;
      case "back":
        if (going) this.#back();
        break;
      case "skip":
        if (live) {
          this.note.skip = event.reason;
          this.#leaveItem();
        }
        break;
      case "skip_all":
        if (live) {
          for (const note of state.notes) note.skip ||= event.reason;
          this.#be("ended", "skipped");
        }
        break;
      case "ease":
        if (live || state.status === "ready") {
          this.note.eased = event.on;
          if (state.status === "running" || state.status === "offering") this.#goOn();
        }
        break;
      case "pain":
        if (live) this.#pain(event.value);
        break;
      case "pace":
        state.pace = event.pace;
        break;
      case "stop":
        if (live) this.#be("ended", "stopped");
        break;
      default: // tick
    }
  }

  /** @param {State["status"]} status @param {State["why"]} [why] */
  #be(status, why = "") {
    this.state.status = status;
    this.state.why = why;
  }

  /** @param {Event} event */
  #pass({ now, wall }) {
    const { state } = this;
    let time = Math.max(0, now - state.clock);
    const ahead = wall - state.wall - time;
    state.clock = now;
    state.wall = wall;
    if (state.status === "ready" || state.status === "ended") return;
    if (time < LONG_AWAY) state.elapsed += time;
    if (time > LONGEST_GAP && state.status === "running") this.#be("paused", "asleep");
    while (state.status === "running") {
      const used = Math.min(time, this.left);
      state.spent += used;
      time -= used;
      this.#hold(used);
      if (this.left > 0) break;
      this.#advance();
    }
    if (ahead > LARGEST_LEAD && state.status === "running") this.#be("paused", "asleep");
  }

  /** @param {number} ms */
  #hold(ms) {
    const { here, state } = this;
    if (here.kind !== "hold" || ms === 0) return;
    state.attempt += ms;
    // A set that is done again keeps its better attempt.
    state.held[slot(here)] = Math.max(state.held[slot(here)] ?? 0, state.attempt);
  }

  /** To the next step, or from a get ready of its own to the rest of a hold. */
  #advance() {
    const { at, into } = this.state;
    if (into === null) this.#enter(at + 1);
    else Object.assign(this.state, { spent: into, extra: 0, into: null });
  }

  /** @param {number} at */
  #enter(at) {
    const { plan, state } = this;
    if (at >= plan.steps.length) return this.#be("ended", "finished");
    const [former, here] = [plan.steps[state.at], plan.steps[at]];
    Object.assign(state, { at, spent: 0, extra: 0, into: null });
    if (here.kind !== "get_ready") return;
    state.attempt = 0;
    const newItem = here.item !== former.item || former.kind === "rest";
    const first = here.set === 1 && here.side === plan.items[here.item].sides[0];
    if (state.pace.wait && newItem && first) this.#be("paused", "wait");
  }

  /** Whoever goes on in the middle of a hold, after a pause or in an easier way, gets ready for it first. */
  #goOn() {
    const { state } = this;
    this.#be("running");
    if (this.here.kind === "hold" && state.spent > 0) Object.assign(state, { into: state.spent, spent: 0 });
  }

  #back() {
    const { plan, state } = this;
    const { kind } = plan.steps[state.at];
    const inside = kind === "hold" || kind === "release" || (kind === "get_ready" && state.spent >= JUST_BEGUN);
    const to = this.#slotStart(inside ? state.at : Math.max(0, this.#firstOf(state.at) - 1));
    const running = state.status === "running";
    this.#be("running");
    this.#enter(to);
    this.note.skip = "";
    if (!running) this.#be("paused", "asked");
  }

  #leaveItem() {
    const { item } = this.here;
    const next = this.plan.steps.findIndex((s) => s.item > item && s.kind === "get_ready");
    this.#be("running");
    this.#enter(next < 0 ? this.plan.steps.length : next);
  }

  /** @param {number} value */
  #pain(value) {
    const { note, state } = this;
    note.pain = Math.max(note.pain ?? 0, value);
    const advice = advise(this.plan.stop, value, state.painBefore);
    if (advice === "end_session") {
      note.skip = "pain";
      this.#be("ended", "pain");
    } else if (advice === "stop_exercise") this.#be("offering", "pain");
  }

  /** Index of the first step at the same place, a rest or change before it included. @param {number} at */
  #firstOf(at) {
    const { steps } = this.plan;
    while (at > 0 && slot(steps[at - 1]) === slot(steps[at])) at -= 1;
    return at;
  }

  /** Index of the "get ready" of the set and side that step `at` belongs to. @param {number} at */
  #slotStart(at) {
    let index = this.#firstOf(at);
    while (this.plan.steps[index].kind !== "get_ready") index += 1;
    return index;
  }
}
