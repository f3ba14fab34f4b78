/** A figure that moves by itself, start → held → start, until somebody stops it. */

import { way } from "./movement.js";

/** As in a session, in quick. @type {{kind: import("../player/machine.js").Kind, ms: number}[]} */
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

export class Loop {
  /** @param {import("./film.js").Film} film */
  constructor(film) {
    this.film = film;
    this.running = false;
    this.spent = 0;
    this.frame = 0;
  }

  play() {
    if (this.running) return;
    this.running = true;
    let before = performance.now();
    const next = (/** @type {number} */ now) => {
      this.spent += Math.min(100, Math.max(0, now - before)); // a page that was away goes on where it was
      before = now;
      this.film.show(wayAt(this.spent));
      this.frame = requestAnimationFrame(next);
    };
    this.frame = requestAnimationFrame(next);
  }

  pause() {
    this.running = false;
    cancelAnimationFrame(this.frame);
  }
}
