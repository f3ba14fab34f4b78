/** The player's rules (docs/rules.md 5 and 6), without a page: time is whatever the test says. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as machine from "./machine.js";

const TIMING = { get_ready: 5, release: 3, change_sides: 5 };
const STOP = { severe: 7, above: 5, rise: 3 };
const S = 1000;

const item = (more = {}) => ({ id: "a", name: "A", sets: 1, repetitions: 1, hold: 30, rest: 10, sides: ["none"], ...more });
const planOf = (...items) => machine.makePlan({ items, timing: TIMING, stop: STOP, full_share: 0.8 });

const PACE = { ready: 5, rest: 1, wait: false };

/** A player whose clocks the test moves: the one that only runs, and the device's own. */
class Walk {
  constructor(plan, { painBefore = 2, pace = {}, at = 5000 } = {}) {
    this.now = at;
    this.wall = 1_800_000_000_000;
    this.run = new machine.Run(plan, machine.begin(plan, { painBefore, pace: { ...PACE, ...pace } }));
    this.cues = [];
  }

  send(type, more = {}) {
    const before = this.run;
    this.run = before.step({ type, now: this.now, wall: this.wall, ...more });
    this.cues.push(...this.run.cues(before));
    return this;
  }

  pass(ms) {
    this.now += ms;
    this.wall += ms;
  }

  wait(seconds, every = 0.1) {
    const end = this.now + seconds * S;
    while (this.now < end - 1e-6) {
      this.pass(Math.min(end - this.now, every * S));
      this.send("tick");
    }
    return this;
  }

  get state() {
    return this.run.state;
  }

  get here() {
    return this.run.here;
  }

  held(index = 0) {
    return this.run.performed()[index].sets;
  }
}

const started = (plan, options) => new Walk(plan, options).send("start");

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
    assert.deepEqual(run.run.counts(), { done: 3, of: 3 });
  });

  test("what remains is the sum of the steps that are left", () => {
    const run = started(planOf(item(), item({ id: "b" })));
    assert.equal(run.run.remaining, (5 + 30 + 3 + 10 + 5 + 30 + 3) * S);
    run.wait(20);
    assert.equal(Math.round(run.run.remaining), (15 + 3 + 10 + 5 + 30 + 3) * S);
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

  test("a device's clock that is set back, or a little ahead, changes nothing", () => {
    const run = started(planOf(item())).wait(15);
    for (const jump of [-86_400, -3600, 4]) {
      run.wall += jump * S;
      run.send("tick");
      assert.deepEqual([run.state.status, run.held()[0].held], ["running", 10]);
    }
    assert.equal(run.wait(5).held()[0].held, 15);
  });

  test("one that is set far ahead looks like a sleeping device: it pauses the player, and the hold is as long as it was", () => {
    for (const jump of [6, 3600, 86_400]) {
      const run = started(planOf(item())).wait(15);
      run.wall += jump * S;
      run.send("tick");
      assert.deepEqual([run.state.why, run.held()[0].held], ["asleep", 10]);
      run.send("resume").wait(5 + 20);
      assert.equal(run.held()[0].held, 30);
      assert.ok(run.state.elapsed < 60 * S, "the session is not longer for it");
    }
  });

  test("a phone whose running clock stands still while it sleeps is found out by its other clock", () => {
    const run = started(planOf(item())).wait(15);
    run.wall += 40 * S;
    run.send("tick");
    assert.deepEqual([run.state.status, run.state.why], ["paused", "asleep"]);
  });

  test("a device that slept pauses the player and is credited nothing", () => {
    const run = started(planOf(item())).wait(15);
    run.pass(600 * S);
    run.send("tick");
    assert.equal(run.state.status, "paused");
    assert.equal(run.state.why, "asleep");
    assert.equal(run.held()[0].held, 10);
    run.send("resume").wait(5 + 20);
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
    assert.equal(run.run.left, 20 * S);
    run.send("resume").wait(5 + 20);
    assert.equal(run.held()[0].held, 30);
    assert.equal(run.here.kind, "release");
  });

  test("whoever goes on in the middle of a hold gets ready for it first, and holds what was left", () => {
    const run = started(planOf(item())).wait(15).send("pause").send("resume");
    assert.equal(run.here.kind, "get_ready");
    assert.equal(run.run.remaining, (5 + 20 + 3) * S);
    run.wait(2).send("pause").send("resume").wait(3);
    assert.deepEqual([run.here.kind, run.run.left], ["hold", 20 * S]);
    run.send("pause").send("resume").send("next");
    assert.deepEqual([run.here.kind, run.run.left], ["hold", 20 * S], "or goes straight on");
    assert.deepEqual(run.wait(20).held(), [{ side: "none", held: 30 }]);
  });

  test("after a reload nothing runs until the patient goes on, and no time has passed", () => {
    const run = started(planOf(item())).wait(15);
    const again = new Walk(run.run.plan, { at: 1 });
    again.run = new machine.Run(run.run.plan, machine.restore(JSON.parse(JSON.stringify(run.state)), { pace: PACE, clock: 1, wall: 0 }));
    assert.equal(again.state.status, "paused");
    again.wait(50).send("resume").wait(5 + 20);
    assert.equal(again.held()[0].held, 30);
  });

  test("more time before a hold, and going straight on", () => {
    const run = started(planOf(item())).send("more", { seconds: 15 }).wait(19);
    assert.equal(run.here.kind, "get_ready");
    run.send("next");
    assert.equal(run.here.kind, "hold");
    assert.equal(run.run.left, 30 * S);
    run.send("more", { seconds: 15 });
    assert.equal(run.run.left, 30 * S, "a hold is never lengthened");
  });

  test("the player waits before each exercise for those who want it", () => {
    const run = started(planOf(item(), item({ id: "b" })), { pace: { wait: true } }).wait(5 + 30 + 3 + 10 + 30);
    assert.equal(run.state.status, "paused");
    assert.equal(run.state.why, "wait");
    assert.equal(run.here.item, 1);
    assert.ok(run.cues.includes("waiting"));
    run.send("resume").wait(5);
    assert.equal(run.here.kind, "hold");
  });
});

describe("the pace is the patient's", () => {
  const kinds = (run, seconds) => {
    const seen = [run.here.kind];
    for (let s = 0; s < seconds; s += 1) {
      run.wait(1);
      if (run.state.status === "running" && seen.at(-1) !== run.here.kind) seen.push(run.here.kind);
    }
    return seen;
  };

  test("twenty seconds to get ready, and twice the rest", () => {
    const run = started(planOf(item(), item({ id: "b" })), { pace: { ready: 20, rest: 2 } });
    assert.equal(run.run.remaining, (20 + 30 + 3 + 20 + 20 + 30 + 3) * S);
    run.wait(19);
    assert.equal(run.here.kind, "get_ready");
    run.wait(1 + 30 + 3 + 19);
    assert.equal(run.here.kind, "rest");
  });

  test("without a get ready and a rest the holds follow each other, and none is shorter", () => {
    const run = started(planOf(item(), item({ id: "b" })), { pace: { ready: 0, rest: 0 } });
    assert.deepEqual(kinds(run, 66), ["hold", "release", "hold", "release"]);
    assert.equal(run.state.status, "ended");
    assert.deepEqual([run.held(0)[0].held, run.held(1)[0].held], [30, 30]);
    assert.deepEqual(run.cues, ["hold", "ten_left", "release", "hold", "ten_left", "release", "finished"]);
  });

  test("without a get ready the player still waits for those who want it, and goes on at once", () => {
    const run = started(planOf(item(), item({ id: "b" })), { pace: { ready: 0, wait: true } }).wait(30 + 3 + 10 + 5);
    assert.equal(run.state.why, "wait");
    assert.equal(run.send("resume").here.kind, "hold");
    run.wait(10).send("pause").send("resume");
    assert.deepEqual([run.here.kind, run.run.left], ["hold", 20 * S]);
  });

  test("it may change on the way", () => {
    const run = started(planOf(item())).wait(3).send("pace", { pace: { ...PACE, ready: 30 } });
    assert.equal(run.run.left, 27 * S);
    run.send("pace", { pace: { ...PACE, ready: 0 } });
    assert.equal(run.here.kind, "hold");
  });
});

describe("what counts", () => {
  const holding = (seconds, more = {}) => started(planOf(item(more))).wait(5 + seconds);

  test("a set is full from 80 % of hold × repetitions on", () => {
    for (const [seconds, done] of [[23.9, 0], [24, 1], [30, 1]]) {
      const run = holding(seconds).send("stop");
      assert.deepEqual(run.run.counts(), { done, of: 1 }, `${seconds} s`);
    }
  });

  test("the share is taken over all repetitions of a set", () => {
    const run = holding(30 + 3 + 18, { repetitions: 2 }).send("stop");
    assert.deepEqual(run.run.counts(), { done: 1, of: 1 });
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
    assert.equal(run.run.anythingDone, false);
    assert.equal(run.wait(5).run.anythingDone, true);
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
    const [first] = run.run.performed();
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
    assert.equal(run.run.performed()[0].skip_reason, "");
  });

  test("the easier way in the middle of a hold gives time to get ready for it, and the rest of the hold", () => {
    const run = started(planOf(item())).wait(5 + 12).send("ease", { on: true });
    assert.deepEqual([run.state.status, run.here.kind], ["running", "get_ready"]);
    assert.equal(run.run.performed()[0].eased, true);
    run.wait(5);
    assert.deepEqual([run.here.kind, run.run.left], ["hold", 18 * S]);
    assert.equal(run.wait(18).held()[0].held, 30);
  });

  test("before a hold it changes no time", () => {
    const run = started(planOf(item())).wait(2).send("ease", { on: true });
    assert.deepEqual([run.here.kind, run.run.left], ["get_ready", 3 * S]);
  });

  test("a session of which nothing was held can be left out for a reason", () => {
    const run = started(planOf(item(), item({ id: "b" }))).wait(3).send("pause").send("skip_all", { reason: "unwell" });
    assert.deepEqual([run.state.status, run.state.why], ["ended", "skipped"]);
    assert.deepEqual(run.run.performed().map((done) => [done.skip_reason, done.sets]), [["unwell", []], ["unwell", []]]);
  });

  test("stopping keeps all that was done", () => {
    const run = started(planOf(item(), item({ id: "b" }))).wait(5 + 30 + 3).send("stop");
    assert.equal(run.state.why, "stopped");
    assert.deepEqual(run.run.counts(), { done: 1, of: 2 });
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

  test("a stopped exercise offers the easier variant, with time to get ready for it", () => {
    const run = started(planOf(item())).wait(15).send("pause").send("pain", { value: 6 });
    assert.equal(run.state.status, "offering");
    run.wait(30).send("resume").send("next").send("back");
    assert.equal(run.state.status, "offering", "it has to be answered");
    run.send("ease", { on: true });
    assert.deepEqual([run.state.status, run.here.kind], ["running", "get_ready"]);
    const [done] = run.run.performed();
    assert.deepEqual([done.eased, done.pain], [true, 6]);
  });

  test("or the next exercise", () => {
    const run = started(planOf(item(), item({ id: "b" }))).wait(15).send("pain", { value: 6 }).send("skip", { reason: "pain" });
    assert.equal(run.here.item, 1);
    assert.equal(run.run.performed()[0].skip_reason, "pain");
  });

  test("severe pain ends the session and keeps what was done", () => {
    const run = started(planOf(item(), item({ id: "b" }))).wait(5 + 12).send("pain", { value: 8 });
    assert.deepEqual([run.state.status, run.state.why], ["ended", "pain"]);
    const [done] = run.run.performed();
    assert.deepEqual([done.pain, done.skip_reason, done.sets[0].held], [8, "pain", 12]);
  });

  test("the highest pain of an exercise is kept", () => {
    const run = started(planOf(item())).wait(10).send("pain", { value: 4 }).send("pain", { value: 1 });
    assert.equal(run.run.performed()[0].pain, 4);
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
    const run = started(planOf(item())).wait(2).send("pause").send("resume").wait(5).send("pause").send("resume");
    assert.deepEqual(run.cues.filter((cue) => cue !== "count").slice(1), ["paused", "resumed", "hold", "paused", "get_ready"]);
  });
});

/** Numbers that look random and are the same at each run (mulberry32). */
function chances(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("whatever happens to tab, phone and clock", () => {
  // A session of ten minutes: 2 sides of 2 sets of 2 holds of 60 s, and what is around them.
  const long = () => planOf(item({ sets: 2, repetitions: 2, hold: 60, sides: ["left", "right"] }));
  const within = (run, holding) => {
    const sum = run.held().reduce((all, set) => all + set.held * S, 0);
    assert.ok(Math.abs(sum - holding) < 250, `${sum} ms of ${holding}`);
  };

  test("ten minutes with the tab hidden for a part: what is held is what the clock on the wall says, within 0.25 s", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const chance = chances(seed);
      const run = started(long());
      const total = run.run.remaining;
      assert.ok(total > 530 * S && total < 600 * S);
      const hidden = [chance() * 300 * S, (300 + chance() * 200) * S];
      const from = run.wall;
      while (run.state.status === "running") {
        const at = run.wall - from;
        const away = at > hidden[0] && at < hidden[1];
        run.pass(away ? 1000 + chance() * 59_000 : 90 + chance() * 60); // throttled to a look a minute at the least
        run.send("tick");
      }
      assert.deepEqual(run.held().map((set) => set.held), [120, 120, 120, 120]);
      assert.ok(run.wall - from - total < 60 * S);
    }
  });

  test("stopped anywhere, each hold is as long as it was held, within 0.25 s", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const chance = chances(seed);
      const run = started(long());
      let holding = 0;
      const looks = 20 + chance() * 400;
      for (let look = 0; look < looks && run.state.status === "running"; look += 1) {
        const ms = chance() < 0.02 ? chance() * 60 * S : chance() * 200;
        // What is held in these ms, told from the plan alone: the test's own reckoning.
        let [left, at, spent] = [ms, run.state.at, run.state.spent];
        while (left > 0 && at < run.run.plan.steps.length) {
          const { kind, seconds } = run.run.plan.steps[at];
          const used = Math.min(left, seconds * S - spent);
          if (kind === "hold") holding += used;
          [left, spent] = [left - used, spent + used];
          if (spent >= seconds * S) [at, spent] = [at + 1, 0];
        }
        run.pass(ms);
        run.send("tick");
      }
      within(run, holding);
    }
  });

  test("sleeps, clocks that are set and pauses never lengthen a hold, and never more is held than was asked", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const chance = chances(seed);
      const run = started(long());
      let awake = 0;
      for (let look = 0; look < 600 && run.state.status !== "ended"; look += 1) {
        const before = run.held().reduce((sum, set) => sum + set.held * S, 0);
        const kind = chance();
        const ms = chance() * 400;
        run.pass(ms);
        if (kind < 0.03) run.pass(90_001 + chance() * 1e7); // slept, and the running clock ran on
        else awake += ms;
        if (kind > 0.8 && kind < 0.83) run.wall += 6000 + chance() * 1e7; // slept, and it stood still
        if (kind > 0.83 && kind < 0.87) run.wall += (chance() - 0.5) * 2e8; // somebody set the clock
        const acts = ["tick", "pause", "resume", "back", "next", "tick", "tick", "tick"];
        run.send(kind > 0.9 ? acts[Math.floor(chance() * acts.length)] : "tick");
        if (run.state.status === "paused" && chance() < 0.5) run.send("resume");
        const after = run.held().reduce((sum, set) => sum + set.held * S, 0);
        assert.ok(after - before <= 400 + 100, `${after - before} ms at one look`);
        assert.ok(after >= before, "what was held stays held");
      }
      assert.ok(run.held().length <= 4 && run.held().every((set) => set.held <= 120));
      assert.ok(run.held().reduce((sum, set) => sum + set.held * S, 0) <= awake + 4 * 50);
    }
  });
});

test("a step never changes the state that it was given", () => {
  const run = started(planOf(item())).wait(10);
  const before = JSON.stringify(run.state);
  run.run.step({ type: "pain", value: 9, now: run.now + 500, wall: run.wall + 500 });
  assert.equal(JSON.stringify(run.state), before);
});
