/** Figures that move by themselves, start → held → start, until somebody stops them. */

import { Film } from "./film.js";
import { way } from "./movement.js";

/** As in a session, in quick. @type {{kind: import("../player/machine.js").Kind, ms: number}[]} */
const STEPS = [
  { kind: "get_ready", ms: 3200 },
  { kind: "hold", ms: 2600 },
  { kind: "release", ms: 2200 },
  { kind: "change", ms: 600 },
];
const ROUND = STEPS.reduce((sum, { ms }) => sum + ms, 0);

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
  /** @param {Film} film */
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

/** Let the figure of one `{% moving %}` move; its plate stays for print, and for who wants no motion. @param {HTMLElement} place */
function enliven(place) {
  const { film: source = "", side = "none", title = "", description = "", play = "", pause = "" } = place.dataset;
  const reel = JSON.parse(document.getElementById(source)?.textContent ?? "null");
  if (!reel) return;
  const loop = new Loop(new Film(reel, { side, title, description }));
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-plain fig-button" });
  place.append(loop.film.svg, button);

  const show = (/** @type {boolean} */ on) => {
    place.classList.toggle("is-moving", on || loop.spent > 0);
    button.textContent = on ? pause : play;
    if (on) loop.play();
    else loop.pause();
  };
  /** What the reader asked for; unasked, it moves where motion is welcome. @type {boolean} */
  let wanted = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  button.addEventListener("click", () => {
    wanted = !loop.running;
    show(wanted);
  });
  show(false);
  // Out of sight it stands still.
  new IntersectionObserver(([seen]) => show(wanted && seen.isIntersecting)).observe(place);
}

for (const place of document.querySelectorAll("[data-film]")) enliven(/** @type {HTMLElement} */ (place));
