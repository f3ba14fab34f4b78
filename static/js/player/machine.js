/**
 * The player as a state machine. Pure: no clock, screen, sound, storage or network of its own.
 *
 * Every event carries `now`, a reading in ms of a clock that only runs forward (the page gives
 * `performance.now()`). Time is measured between readings, never counted in ticks: a slow, hidden or throttled
 * tab and a changed wall clock leave a hold as long as it was. A gap too long to be a throttled tab (the device
 * slept) pauses the player and credits nothing.
 *
 * A state is plain JSON. `step(plan, state, event)` returns the next one and leaves the former as it was.
 *
 * @typedef {"none"|"left"|"right"} Side
 * @typedef {"get_ready"|"hold"|"release"|"change"|"rest"} Kind
 * @typedef {{id: string, name: string, sets: number, repetitions: number, hold: number, rest: number,
 *   sides: Side[]}} Item   hold and rest in seconds
 * @typedef {{kind: Kind, item: number, set: number, side: Side, repetition: number, seconds: number}} Step
 *   a rest or change of sides stands at the place that follows it
 * @typedef {{get_ready: number, release: number, change_sides: number}} Timing   seconds
 * @typedef {{severe: number, above: number, rise: number}} StopRules   NPRS, docs/rules.md 6
 * @typedef {{items: Item[], steps: Step[], stop: StopRules, fullShare: number}} Plan
 * @typedef {{skip: string, eased: boolean, pain: number|null}} Note
 * @typedef {"ready"|"running"|"paused"|"offering"|"ended"} Status
 * @typedef {{status: Status, why: string, at: number, spent: number, extra: number, clock: number,
 *   active: number, attempt: number, held: Record<string, number>, notes: Note[], wait: boolean,
 *   painBefore: number}} State   at: index of the step; the others in ms
 * @typedef {{type: string, now: number, [more: string]: any}} Event
 */

/** Hidden tabs are woken once a minute at the least; what is longer was a sleeping device. ms */
export const LONGEST_GAP = 90_000;
/** Going back after this long repeats the hold itself, before it the one before. ms */
const JUST_BEGUN = 2_000;

/**
 * @param {{items: Item[], timing: Timing, stop: StopRules, full_share: number}} data
 * @returns {Plan}
 */
export function makePlan({ items, timing, stop, full_share }) {
  return { items, stop, fullShare: full_share, steps: script(items, timing) };
}

/**
 * Every step from the first "get ready" to the last release.
 * @param {Item[]} items
 * @param {Timing} timing
 * @returns {Step[]}
 */
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

/**
 * @param {Plan} plan
 * @param {{painBefore: number, wait: boolean}} options
 * @returns {State}
 */
export function begin(plan, { painBefore, wait }) {
  return {
    status: "ready",
    why: "",
    at: 0,
    spent: 0,
    extra: 0,
    clock: 0,
    active: 0,
    attempt: 0,
    held: {},
    notes: plan.items.map(() => ({ skip: "", eased: false, pain: null })),
    wait,
    painBefore,
  };
}

/** A state read back after a reload: nothing runs until the person says so.
 * @param {State} state
 * @returns {State}
 */
export function restore(state) {
  return state.status === "running" ? { ...state, status: "paused", why: "reload" } : state;
}

/**
 * The next state. Unknown events, and events that make no sense now, only let the time pass.
 * @param {Plan} plan
 * @param {State} before
 * @param {Event} event
 * @returns {State}
 */
export function step(plan, before, event) {
  const state = pass(plan, structuredClone(before), event.now);
  const going = state.status === "running" || state.status === "paused";
  const live = going || state.status === "offering";
  switch (event.type) {
    case "start":
      if (state.status === "ready") state.status = "running";
      break;
    case "pause":
      if (state.status === "running") halt(state, event.why ?? "asked");
      break;
    case "resume":
      if (state.status === "paused") run(state);
      break;
    case "more":
      if (going && current(plan, state).kind !== "hold") state.extra += event.seconds * 1000;
      break;
    case "next":
      if (going) {
        run(state);
        enter(plan, state, state.at + 1);
      }
      break;
    case "back":
      if (going) back(plan, state);
      break;
    case "skip":
      if (live) {
        note(plan, state).skip = event.reason;
        leaveItem(plan, state);
      }
      break;
    case "ease":
      if (live || state.status === "ready") {
        note(plan, state).eased = event.on ?? true;
        if (state.status === "offering") {
          run(state);
          enter(plan, state, slotStart(plan, state.at));
        }
      }
      break;
    case "pain":
      if (live) pain(plan, state, event.value);
      break;
    case "wait":
      state.wait = event.on;
      break;
    case "stop":
      if (live) end(state, "stopped");
      break;
    default: // tick
  }
  return state;
}

/** What a pain (NPRS) during an exercise means, when the session began with `atStart`.
 * @param {StopRules} stop
 * @param {number} value
 * @param {number} atStart
 * @returns {"go_on"|"stop_exercise"|"end_session"}
 */
export function advise(stop, value, atStart) {
  if (value >= stop.severe) return "end_session";
  return value > stop.above || value - atStart >= stop.rise ? "stop_exercise" : "go_on";
}

// --- What can be asked of a state

/** @param {Plan} plan @param {State} state */
export const current = (plan, state) => plan.steps[state.at];

/** ms left of the running step @param {Plan} plan @param {State} state */
export const left = (plan, state) => length(plan, state) - state.spent;

/** 0..1 of the running step @param {Plan} plan @param {State} state */
export const share = (plan, state) => Math.min(1, state.spent / length(plan, state));

/** ms to the end of the session, if all goes on as planned @param {Plan} plan @param {State} state */
export function remaining(plan, state) {
  if (state.status === "ended") return 0;
  return plan.steps.slice(state.at + 1).reduce((sum, s) => sum + s.seconds * 1000, left(plan, state));
}

/**
 * What was done, item by item, as the server wants it; `held` in seconds to a tenth.
 * @param {Plan} plan
 * @param {State} state
 */
export function performed(plan, state) {
  return plan.items.map((item, index) => {
    const sets = [];
    for (let set = 1; set <= item.sets; set += 1) {
      for (const side of item.sides) {
        const ms = state.held[slot({ item: index, set, side })] ?? 0;
        if (ms > 0) sets.push({ side, held: Math.round(ms / 100) / 10 });
      }
    }
    const { skip, eased, pain: felt } = state.notes[index];
    return { item: item.id, sets, skip_reason: skip, eased, pain: felt };
  });
}

/**
 * Full sets of all sets, in all or of one item: a set is full from `fullShare` of hold × repetitions on.
 * @param {Plan} plan
 * @param {State} state
 * @param {number} [only]
 */
export function counts(plan, state, only) {
  let done = 0;
  let of = 0;
  performed(plan, state).forEach(({ sets }, index) => {
    if (only !== undefined && only !== index) return;
    const { sets: asked, sides, hold, repetitions } = plan.items[index];
    of += asked * sides.length;
    done += sets.filter((s) => s.held >= plan.fullShare * hold * repetitions).length;
  });
  return { done, of };
}

/** Has anything happened that is worth keeping? @param {State} state */
export const anythingDone = (state) =>
  Object.values(state.held).some((ms) => ms >= 1000) ||
  state.notes.some((n) => n.skip !== "" || n.pain !== null);

/**
 * What to say and sound between two states, in order: the kind of a step that was entered, "ten_left",
 * "count" (the last three seconds before a hold), "paused", "asleep", "waiting", "resumed", "finished".
 * @param {Plan} plan
 * @param {State} before
 * @param {State} after
 * @returns {string[]}
 */
export function cues(plan, before, after) {
  if (after.status !== before.status) {
    if (after.status === "ended") return after.why === "finished" ? ["finished"] : [];
    if (after.status === "paused") {
      return [{ asleep: "asleep", wait: "waiting" }[after.why] ?? "paused"];
    }
    if (after.status !== "running") return [];
    const goesOn = before.at === after.at && after.spent > 0;
    return goesOn ? ["resumed"] : [current(plan, after).kind];
  }
  if (after.status !== "running") return [];
  const now = current(plan, after);
  if (after.at !== before.at || after.spent < before.spent) return [now.kind];
  const was = left(plan, before);
  const is = left(plan, after);
  const crossed = (/** @type {number} */ s) => was > s * 1000 && is <= s * 1000;
  if (now.kind === "hold" && now.seconds >= 20 && crossed(10)) return ["ten_left"];
  if (now.kind === "get_ready" && [3, 2, 1].some(crossed)) return ["count"];
  return [];
}

// --- The moves. They change the copy that `step` made.

/** @param {Plan} plan @param {State} state @param {number} now */
function pass(plan, state, now) {
  let time = Math.max(0, now - state.clock);
  const slept = time > LONGEST_GAP;
  state.clock = now;
  if (state.status !== "running") return state;
  if (slept) return halt(state, "asleep");
  state.active += time;
  while (state.status === "running") {
    const used = Math.min(time, left(plan, state));
    state.spent += used;
    time -= used;
    hold(plan, state, used);
    if (left(plan, state) > 0) break;
    enter(plan, state, state.at + 1);
  }
  return state;
}

/** @param {Plan} plan @param {State} state @param {number} ms */
function hold(plan, state, ms) {
  const here = current(plan, state);
  if (here.kind !== "hold" || ms === 0) return;
  state.attempt += ms;
  // A set that is done again keeps its better attempt.
  state.held[slot(here)] = Math.max(state.held[slot(here)] ?? 0, state.attempt);
}

/** @param {Plan} plan @param {State} state @param {number} at */
function enter(plan, state, at) {
  if (at >= plan.steps.length) return end(state, "finished");
  const former = current(plan, state);
  state.at = at;
  state.spent = 0;
  state.extra = 0;
  const here = current(plan, state);
  if (here.kind === "get_ready") {
    state.attempt = 0;
    const newItem = here.item !== former.item || former.kind === "rest";
    if (state.wait && newItem && here.set === 1 && here.side === plan.items[here.item].sides[0]) {
      halt(state, "wait");
    }
  }
  return state;
}

/** @param {Plan} plan @param {State} state */
function back(plan, state) {
  const own = slotStart(plan, state.at);
  const here = current(plan, state);
  const inside = here.kind === "hold" || here.kind === "release" || state.spent >= JUST_BEGUN;
  const waiting = here.kind === "rest" || here.kind === "change";
  const to = inside && !waiting ? own : slotStart(plan, Math.max(0, firstOf(plan, state.at) - 1));
  const running = state.status === "running";
  run(state);
  enter(plan, state, to);
  note(plan, state).skip = "";
  if (!running) halt(state, "asked");
}

/** @param {Plan} plan @param {State} state */
function leaveItem(plan, state) {
  const { item } = current(plan, state);
  const next = plan.steps.findIndex((s) => s.item > item && s.kind === "get_ready");
  run(state);
  enter(plan, state, next < 0 ? plan.steps.length : next);
}

/** @param {Plan} plan @param {State} state @param {number} value */
function pain(plan, state, value) {
  const felt = note(plan, state);
  felt.pain = Math.max(felt.pain ?? 0, value);
  const advice = advise(plan.stop, value, state.painBefore);
  if (advice === "end_session") {
    felt.skip = "pain";
    end(state, "pain");
  } else if (advice === "stop_exercise") {
    state.status = "offering";
    state.why = "pain";
  }
}

/** @param {State} state @param {string} why */
function halt(state, why) {
  state.status = "paused";
  state.why = why;
  return state;
}

/** @param {State} state */
function run(state) {
  state.status = "running";
  state.why = "";
  return state;
}

/** @param {State} state @param {string} why */
function end(state, why) {
  state.status = "ended";
  state.why = why;
  return state;
}

/** @param {Plan} plan @param {State} state */
const length = (plan, state) => current(plan, state).seconds * 1000 + state.extra;

/** @param {Plan} plan @param {State} state */
const note = (plan, state) => state.notes[current(plan, state).item];

/** @param {{item: number, set: number, side: Side}} place */
const slot = ({ item, set, side }) => `${item}/${set}/${side}`;

/** Index of the first step at the same place, a rest or change before it included.
 * @param {Plan} plan @param {number} at */
function firstOf(plan, at) {
  while (at > 0 && slot(plan.steps[at - 1]) === slot(plan.steps[at])) at -= 1;
  return at;
}

/** Index of the "get ready" of the set and side that step `at` belongs to.
 * @param {Plan} plan @param {number} at */
function slotStart(plan, at) {
  let index = firstOf(plan, at);
  while (plan.steps[index].kind !== "get_ready") index += 1;
  return index;
}
