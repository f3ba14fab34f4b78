/**
 * A figure in motion: draws what `exercises.figures.film` tells, at any moment between start (0) and held (1).
 *
 * @import { Circle, Reel } from "./types.d.ts"
 */

import { hull } from "./outline.js";

const SVG = "http://www.w3.org/2000/svg";

export class Film {
  /** @param {Reel} reel @param {{side: string, title: string, description: string}} what */
  constructor(reel, { side, title, description }) {
    this.reel = reel;
    this.mirror = side === "right" ? -1 : 1;
    this.part = -1;
    this.order = "";
    this.glide = 0;
    this.moments = absolute(reel.places);
    const [left, top, width, height] = reel.box;
    this.svg = make("svg", { class: "fig", role: "img", viewBox: `${this.mirror < 0 ? -left - width : left} ${top} ${width} ${height}` });
    this.words = Object.entries({ title, desc: description }).map(([name, text]) => Object.assign(make(name, {}), { textContent: text }));
    this.shadows = make("g", { class: "fig-shadows", transform: reel.floor });
    this.paths = reel.paths.map(({ paint }) => make("path", { class: paint }));
    this.show(0);
  }

  /** Draw so much of the way (0 start, 1 held), at once. @param {number} part */
  show(part) {
    cancelAnimationFrame(this.glide);
    this.draw(part);
  }

  /** Move there evenly, in so many ms. @param {number} part @param {number} ms */
  move(part, ms) {
    cancelAnimationFrame(this.glide);
    const from = this.part;
    if (from === part) return;
    const begun = performance.now();
    const next = (/** @type {number} */ now) => {
      const way = Math.min(1, Math.max(0, now - begun) / ms);
      this.draw(from + (part - from) * way);
      if (way < 1) this.glide = requestAnimationFrame(next);
    };
    this.glide = requestAnimationFrame(next);
  }

  /** @param {number} part */
  draw(part) {
    if (part === this.part) return;
    this.part = part;
    const last = this.moments.length - 1;
    const at = Math.max(0, Math.min(1, part)) * last;
    const before = Math.min(Math.floor(at), last - 1);
    const circles = this.circles(before, at - before);
    const shown = this.reel.shown[Math.round(at)];
    this.arrange(shown);
    for (const index of shown) {
      const { hulls, lit } = this.reel.paths[index];
      const outlines = hulls.map((columns) => hull(columns.map((column) => (lit ? this.reached(circles[column]) : circles[column]))));
      this.paths[index].setAttribute("d", outlines.join(""));
    }
  }

  /** Every circle, so much of the way from one moment to the next. @param {number} moment @param {number} way */
  circles(moment, way) {
    const [a, b] = [this.moments[moment], this.moments[moment + 1]];
    return this.reel.radii.map((radius, column) => {
      const x = a[2 * column] + (b[2 * column] - a[2 * column]) * way;
      const y = a[2 * column + 1] + (b[2 * column + 1] - a[2 * column + 1]) * way;
      return /** @type {Circle} */ ([x * this.mirror, y, radius]);
    });
  }

  /** The part of a ball that the light reaches. @param {Circle} circle */
  reached([x, y, r]) {
    const [dx, dy, part] = this.reel.light;
    return /** @type {Circle} */ ([x + dx * r, y + dy * r, r * part]);
  }

  /** What is painted at this moment, back to front; shadows lie flat on the ground. @param {number[]} shown */
  arrange(shown) {
    const order = shown.join();
    if (this.order === order) return;
    this.order = order;
    const flat = (/** @type {number} */ index) => this.reel.paths[index].flat;
    this.shadows.replaceChildren(...shown.filter(flat).map((index) => this.paths[index]));
    const pieces = shown.map((index) => (flat(index) ? this.shadows : this.paths[index]));
    this.svg.replaceChildren(...this.words, ...new Set(pieces));
  }
}

/** Places at each moment, from the first and the steps after it. @param {number[][]} places */
function absolute(places) {
  /** @type {number[][]} */
  const moments = [];
  for (const steps of places) {
    const before = moments.at(-1);
    moments.push(before ? steps.map((step, index) => before[index] + step) : steps);
  }
  return moments;
}

/** @param {string} name @param {Record<string, string>} attributes */
function make(name, attributes) {
  const node = /** @type {SVGElement} */ (document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
