/**
 * How a figure moves through the steps of a session (`player/machine.js`). Pure.
 *
 * @import { Kind } from "../player/types.d.ts"
 */

/** Slow at both ends; outside 0..1 it rests. @param {number} part */
export function eased(part) {
  const t = Math.max(0, Math.min(1, part));
  return t * t * (3 - 2 * t);
}

/** Before it goes into the stretch, a figure waits for this part of the step. */
const WAITS = 0.35;

/**
 * How far the figure has gone from start (0) to held (1), when so much (0..1) of a step is over: it arrives when the hold
 * begins, goes back as the patient does, and shows the next stretch once during a rest.
 * @param {Kind} kind
 * @param {number} part
 */
export function way(kind, part) {
  switch (kind) {
    case "get_ready":
      return eased((part - WAITS) / (1 - WAITS));
    case "hold":
      return 1;
    case "release":
      return 1 - eased(part);
    case "rest":
      return Math.min(eased((part - 0.15) / 0.3), 1 - eased((part - 0.6) / 0.3));
    default:
      return 0;
  }
}

/** As in a session, in quick. @type {{kind: Kind, ms: number}[]} */
const STEPS = [
  { kind: "get_ready", ms: 3200 },
  { kind: "hold", ms: 2600 },
  { kind: "release", ms: 2200 },
  { kind: "change", ms: 600 },
];
export const ROUND = STEPS.reduce((sum, { ms }) => sum + ms, 0);

/** How far the figure has gone after so long. @param {number} ms */
export function wayAt(ms) {
  let rest = ms % ROUND;
  for (const { kind, ms: long } of STEPS) {
    if (rest < long) return way(kind, rest / long);
    rest -= long;
  }
  return 0;
}
