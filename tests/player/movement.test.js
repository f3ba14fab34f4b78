import assert from "node:assert/strict";
import { test } from "node:test";

import { ROUND, way, wayAt } from "./movement.js";

const parts = Array.from({ length: 101 }, (_, n) => n / 100);

test("the figure is in the stretch exactly when the hold begins, and all through it", () => {
  assert.equal(way("get_ready", 0), 0);
  assert.equal(way("get_ready", 1), 1);
  for (const part of parts) assert.equal(way("hold", part), 1);
});

test("it goes back with the release, and is back when that ends", () => {
  assert.equal(way("release", 0), 1);
  assert.equal(way("release", 1), 0);
});

test("a rest shows the next stretch once, and ends at its start", () => {
  const seen = parts.map((part) => way("rest", part));
  assert.equal(seen[0], 0);
  assert.equal(seen.at(-1), 0);
  assert.equal(Math.max(...seen), 1);
});

test("it never jumps within a step", () => {
  for (const kind of ["get_ready", "hold", "release", "rest", "change"]) {
    const seen = parts.map((part) => way(kind, part));
    seen.slice(1).forEach((place, n) => assert.ok(Math.abs(place - seen[n]) < 0.06, kind));
  }
});

test("a loop ends where it begins and never jumps", () => {
  assert.ok(wayAt(0) === 0 && wayAt(ROUND) === 0);
  for (let ms = 0; ms < 2 * ROUND; ms += 20) assert.ok(Math.abs(wayAt(ms + 20) - wayAt(ms)) < 0.06);
});
