/** How a figure moves through the steps of a session (`player/machine.js`). Pure. */

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
 * @param {import("../player/machine.js").Kind} kind
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
