/** A figure that moves by itself, start → held → start, until somebody stops it. */

import { wayAt } from "./movement.js";

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
