// The figures of a page that move: each `[data-film]`, where a reader sees it and wants it.

import { Film } from "./film.js";
import { Loop } from "./loop.js";

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
  new IntersectionObserver((entries) => show(wanted && Boolean(entries.at(-1)?.isIntersecting))).observe(place);
}

for (const place of document.querySelectorAll("[data-film]")) enliven(/** @type {HTMLElement} */ (place));
