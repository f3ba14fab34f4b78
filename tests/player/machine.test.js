/** The player's rules (docs/rules.md 5 and 6), without a page: time is whatever the test says. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as machine from "./machine.js";

const TIMING = { get_ready: 5, release: 3, change_sides: 5 };
const STOP = { severe: 7, above: 5, rise: 3 };
const S = 1000;

const item = (more = {}) => ({ id: "a", name: "A", sets: 1, repetitions: 1, hold: 30, rest: 10, sides: ["none"], ...more });
const planOf = (...items) => machine.makePlan({ items, timing: TIMING, stop: STOP, full_share: 0.8 });

/** A player whose clock the test moves. */
class Run {
  constructor(plan, { painBefore = 2, wait = false, at = 5000 } = {}) {
    this.plan = plan;
    this.now = at;
    this.state = machine.begin(plan, { painBefore, wait });
    this.cues = [];
  }

  send(type, more = {}) {
    const before = this.state;
    this.state = machine.step(this.plan, before, { type, now: this.now, ...more });
    this.cues.push(...machine.cues(this.plan, before, this.state));
    return this;
  }

  wait(seconds, every = 0.1) {
    const end = this.now + seconds * S;
    while (this.now < end - 1e-6) {
      this.now = Math.min(end, this.now + every * S);
      this.send("tick");
    }
    return this;
  }

  get here() {
    return machine.current(this.plan, this.state);
  }

  held(index = 0) {
    return machine.performed(this.plan, this.state)[index].sets;
  }
}

const started = (plan, options) => new Run(plan, options).send("start");

describe("the order of a session", () => {
  test("get ready, hold and release for every repetition, the other side, rest, the next set, the next exercise", () => {
    const plan = planOf(item({ sets: 2, repetitions: 2, sides: ["left", "right"] }), item({ id: "b" }));
    const words = plan.steps.map((s) => `${s.kind} ${s.item}.${s.set}.${s.side}.${s.repetition}`);
    const side = (set, name) => [
      `get_ready 0.${set}.${name}.1`,
      `hold 0.${set}.${name}.1`,
      `release 0.${set}.${name}.1`,
      `hold 0.${set}.${name}.2`,
      `release 0.${set}.${name}.2`,
    ];
    const set = (n) => [...side(n, "left"), `change 0.${n}.right.1`, ...side(n, "right")];
    assert.deepEqual(words, [
      ...set(1),
      "rest 0.2.left.1",
      ...set(2),
      "rest 1.1.none.1",
      "get_ready 1.1.none.1",
      "hold 1.1.none.1",
      "release 1.1.none.1",
    ]);
  });

  test("an exercise without rest is followed at once", () => {
    const plan = planOf(item({ rest: 0 }), item({ id: "b" }));
    assert.deepEqual(plan.steps.map((s) => s.kind), ["get_ready", "hold", "release", "get_ready", "hold", "release"]);
  });

  test("a run to the end holds everything in full and ends by itself", () => {
    const run = started(planOf(item({ repetitions: 2, sides: ["left", "right"] }), item({ id: "b", hold: 60 })));
    run.wait(5 + 30 + 3 + 30 + 3 + 5 + 5 + 30 + 3 + 30 + 3 + 10 + 5 + 60 + 3);
    assert.equal(run.state.status, "ended");
    assert.equal(run.state.why, "finished");
    assert.deepEqual(run.held(0), [{ side: "left", held: 60 }, { side: "right", held: 60 }]);
    assert.deepEqual(run.held(1), [{ side: "none", held: 60 }]);
    assert.deepEqual(machine.counts(run.plan, run.state), { done: 3, of: 3 });
  });

  test("what remains is the sum of the steps that are left", () => {
    const run = started(planOf(item(), item({ id: "b" })));
    assert.equal(machine.remaining(run.plan, run.state), (5 + 30 + 3 + 10 + 5 + 30 + 3) * S);
    run.wait(20);
    assert.equal(Math.round(machine.remaining(run.plan, run.state)), (15 + 3 + 10 + 5 + 30 + 3) * S);
  });
});

describe("time", () => {
  test("a hold is as long as the clock says, however seldom it is read", () => {
    for (const every of [0.016, 0.1, 1, 7, 60]) {
      const run = started(planOf(item({ hold: 45, sides: ["left", "right"] })));
      run.wait(5 + 45 + 3 + 5 + 5 + 20, every);
      assert.equal(run.held()[0].held, 45, `every ${every} s`);
      assert.ok(Math.abs(run.held()[1].held - 20) < 0.25, `every ${every} s`);
    }
  });

  test("a clock that jumps back takes nothing away and adds nothing", () => {
    const run = started(planOf(item())).wait(15);
    run.now -= 3600 * S;
    run.send("tick");
    assert.equal(run.held()[0].held, 10);
    run.wait(5);
    assert.equal(run.held()[0].held, 15);
  });

  test("a device that slept pauses the player and is credited nothing", () => {
    const run = started(planOf(item())).wait(15);
    run.now += 600 * S;
    run.send("tick");
    assert.equal(run.state.status, "paused");
    assert.equal(run.state.why, "asleep");
    assert.equal(run.held()[0].held, 10);
    run.send("resume").wait(20);
    assert.equal(run.held()[0].held, 30);
  });

  test("a hidden tab that is woken once a minute goes on", () => {
    const run = started(planOf(item({ hold: 300 })));
    run.wait(5 + 300, 60);
    assert.equal(run.held()[0].held, 300);
  });

  test("a pause stands still, however long it is", () => {
    const run = started(planOf(item())).wait(15).send("pause").wait(3600, 600);
    assert.equal(run.held()[0].held, 10);
    assert.equal(machine.left(run.plan, run.state), 20 * S);
    run.send("resume").wait(20);
    assert.equal(run.held()[0].held, 30);
    assert.equal(run.here.kind, "release");
  });

  test("after a reload nothing runs until the patient goes on, and no time has passed", () => {
    const run = started(planOf(item())).wait(15);
    const again = new Run(run.plan, { at: 1 });
    again.state = machine.restore(JSON.parse(JSON.stringify(run.state)));
    assert.equal(again.state.status, "paused");
    again.wait(50).send("resume").wait(20);
    assert.equal(again.held()[0].held, 30);
  });

  test("more time before a hold, and going straight on", () => {
    const run = started(planOf(item())).send("more", { seconds: 15 }).wait(19);
    assert.equal(run.here.kind, "get_ready");
    run.send("next");
    assert.equal(run.here.kind, "hold");
    assert.equal(machine.left(run.plan, run.state), 30 * S);
    run.send("more", { seconds: 15 });
    assert.equal(machine.left(run.plan, run.state), 30 * S, "a hold is never lengthened");
  });

  test("the player waits before each exercise for those who want it", () => {
    const run = started(planOf(item(), item({ id: "b" })), { wait: true }).wait(5 + 30 + 3 + 10 + 30);
    assert.equal(run.state.status, "paused");
    assert.equal(run.state.why, "wait");
    assert.equal(run.here.item, 1);
    assert.ok(run.cues.includes("waiting"));
    run.send("resume").wait(5);
    assert.equal(run.here.kind, "hold");
  });
});

describe("what counts", () => {
  const holding = (seconds, more = {}) => started(planOf(item(more))).wait(5 + seconds);

  test("a set is full from 80 % of hold × repetitions on", () => {
    for (const [seconds, done] of [[23.9, 0], [24, 1], [30, 1]]) {
      const run = holding(seconds).send("stop");
      assert.deepEqual(machine.counts(run.plan, run.state), { done, of: 1 }, `${seconds} s`);
    }
  });

  test("the share is taken over all repetitions of a set", () => {
    const run = holding(30 + 3 + 18, { repetitions: 2 }).send("stop");
    assert.deepEqual(machine.counts(run.plan, run.state), { done: 1, of: 1 });
    assert.equal(run.held()[0].held, 48);
  });

  test("ending a hold early keeps what was held and goes on", () => {
    const run = holding(12).send("next");
    assert.equal(run.here.kind, "release");
    assert.equal(run.held()[0].held, 12);
  });

  test("a set that is done again keeps its better attempt", () => {
    const run = holding(28).send("back");
    assert.equal(run.here.kind, "get_ready");
    run.wait(5 + 10).send("stop");
    assert.equal(run.held()[0].held, 28);
    const other = holding(10).send("back").wait(5 + 29).send("stop");
    assert.equal(other.held()[0].held, 29);
  });

  test("never more sets than prescribed, whatever is repeated", () => {
    const run = started(planOf(item({ sets: 2, sides: ["left", "right"] })));
    for (let n = 0; n < 30; n += 1) run.wait(17).send("back");
    run.wait(600);
    assert.equal(run.held().length, 4);
    assert.ok(run.held().every((s) => s.held <= 30));
  });

  test("a session in which nothing was begun has nothing to keep", () => {
    const run = started(planOf(item())).wait(3);
    assert.equal(machine.anythingDone(run.state), false);
    assert.equal(machine.anythingDone(run.wait(5).state), true);
  });
});

describe("back, skip, ease, stop", () => {
  test("back in a hold repeats it, back before it returns to the one before", () => {
    const run = started(planOf(item({ sides: ["left", "right"] }))).wait(5 + 10).send("back");
    assert.deepEqual([run.here.kind, run.here.side], ["get_ready", "left"]);
    run.wait(5 + 30 + 3 + 2);
    assert.equal(run.here.kind, "change");
    run.send("back");
    assert.deepEqual([run.here.kind, run.here.side], ["get_ready", "left"]);
    run.send("back");
    assert.deepEqual([run.here.kind, run.here.side], ["get_ready", "left"], "nothing lies before the first");
  });

  test("back while paused stays paused", () => {
    const run = started(planOf(item())).wait(15).send("pause").send("back");
    assert.equal(run.state.status, "paused");
    assert.equal(run.here.kind, "get_ready");
  });

  test("skipping keeps the sets that were done and goes to the next exercise", () => {
    const run = started(planOf(item({ sets: 2 }), item({ id: "b" }))).wait(5 + 30 + 3 + 2);
    run.send("skip", { reason: "no_time" });
    assert.deepEqual([run.here.kind, run.here.item], ["get_ready", 1]);
    const [first] = machine.performed(run.plan, run.state);
    assert.deepEqual(first, { item: "a", sets: [{ side: "none", held: 30 }], skip_reason: "no_time", eased: false, pain: null });
  });

  test("skipping the last exercise ends the session", () => {
    const run = started(planOf(item())).send("skip", { reason: "too_hard" });
    assert.equal(run.state.status, "ended");
    assert.equal(run.state.why, "finished");
  });

  test("going back to a skipped exercise takes the skip away", () => {
    const run = started(planOf(item(), item({ id: "b" }))).send("skip", { reason: "forgot" }).send("back");
    assert.equal(run.here.item, 0);
    assert.equal(machine.performed(run.plan, run.state)[0].skip_reason, "");
  });

  test("the easier variant is kept with the exercise and stops nothing", () => {
    const run = started(planOf(item())).wait(10).send("ease");
    assert.equal(run.state.status, "running");
    assert.equal(machine.performed(run.plan, run.state)[0].eased, true);
  });

  test("stopping keeps all that was done", () => {
    const run = started(planOf(item(), item({ id: "b" }))).wait(5 + 30 + 3).send("stop");
    assert.equal(run.state.why, "stopped");
    assert.deepEqual(machine.counts(run.plan, run.state), { done: 1, of: 2 });
    run.wait(60).send("resume").send("back").send("next");
    assert.equal(run.state.status, "ended", "an ended session stays ended");
  });
});

describe("pain during an exercise", () => {
  test("the rules: 7 ends the session, above 5 or 3 more than at the start stops the exercise", () => {
    const advice = (value, start) => machine.advise(STOP, value, start);
    assert.equal(advice(5, 3), "go_on");
    assert.equal(advice(6, 5), "stop_exercise");
    assert.equal(advice(3, 0), "stop_exercise");
    assert.equal(advice(2, 0), "go_on");
    assert.equal(advice(7, 6), "end_session");
  });

  test("a stopped exercise offers the easier variant, from the beginning of its set", () => {
    const run = started(planOf(item())).wait(15).send("pause").send("pain", { value: 6 });
    assert.equal(run.state.status, "offering");
    run.wait(30).send("resume").send("next").send("back");
    assert.equal(run.state.status, "offering", "it has to be answered");
    run.send("ease");
    assert.deepEqual([run.state.status, run.here.kind], ["running", "get_ready"]);
    const [done] = machine.performed(run.plan, run.state);
    assert.deepEqual([done.eased, done.pain], [true, 6]);
  });

  test("or the next exercise", () => {
    const run = started(planOf(item(), item({ id: "b" }))).wait(15).send("pain", { value: 6 }).send("skip", { reason: "pain" });
    assert.equal(run.here.item, 1);
    assert.equal(machine.performed(run.plan, run.state)[0].skip_reason, "pain");
  });

  test("severe pain ends the session and keeps what was done", () => {
    const run = started(planOf(item(), item({ id: "b" }))).wait(5 + 12).send("pain", { value: 8 });
    assert.deepEqual([run.state.status, run.state.why], ["ended", "pain"]);
    const [done] = machine.performed(run.plan, run.state);
    assert.deepEqual([done.pain, done.skip_reason, done.sets[0].held], [8, "pain", 12]);
  });

  test("the highest pain of an exercise is kept", () => {
    const run = started(planOf(item())).wait(10).send("pain", { value: 4 }).send("pain", { value: 1 });
    assert.equal(machine.performed(run.plan, run.state)[0].pain, 4);
    assert.equal(run.state.status, "running");
  });
});

describe("cues", () => {
  test("every change is said once, ten seconds before the end of a long hold too, and never each second", () => {
    const run = started(planOf(item({ sides: ["left", "right"] }))).wait(5 + 30 + 3 + 5 + 5 + 30 + 3);
    const side = ["get_ready", "count", "count", "count", "hold", "ten_left", "release"];
    assert.deepEqual(run.cues, [...side, "change", ...side, "finished"]);
  });

  test("a short hold has no ten-second word", () => {
    const run = started(planOf(item({ hold: 15 }))).wait(60);
    assert.ok(!run.cues.includes("ten_left"));
  });

  test("steps that went by in a hidden tab are not said afterwards", () => {
    const run = started(planOf(item({ sides: ["left", "right"] })));
    run.wait(60, 60);
    assert.deepEqual(run.cues, ["get_ready", "hold"]);
  });

  test("pause and going on are said", () => {
    const run = started(planOf(item())).wait(10).send("pause").send("resume");
    assert.deepEqual(run.cues.slice(-2), ["paused", "resumed"]);
  });
});

test("a step never changes the state that it was given", () => {
  const run = started(planOf(item())).wait(10);
  const before = JSON.stringify(run.state);
  machine.step(run.plan, run.state, { type: "pain", value: 9, now: run.now + 500 });
  assert.equal(JSON.stringify(run.state), before);
});
