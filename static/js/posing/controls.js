/** The sliders, choices and ticks beside the figure: they show it, and tell what somebody changes. */

import { follow, get, piece, set, support, tick } from "./figure.js";

export class Controls {
  /**
   * @param {HTMLElement} root
   * @param {{change: (how: (figure: any, pose: string) => void, done: boolean) => void,
   *   hold: (side: string, what: string) => void}} acts `done`: it is a step of its own, to be undone
   */
  constructor(root, acts) {
    this.root = root;
    this.acts = acts;
    root.addEventListener("input", (event) => this.changed(event, false));
    root.addEventListener("change", (event) => this.changed(event, true));
  }

  /** @template {HTMLElement} T @param {string} selector @returns {T[]} */
  all(selector) {
    return [...this.root.querySelectorAll(selector)].map((node) => /** @type {T} */ (node));
  }

  changed(/** @type {Event} */ event, /** @type {boolean} */ done) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const { path, list, hold, support: kind } = input.dataset;
    if (path === "arrow.point") {
      if (done) this.acts.change((figure) => follow(figure, input.value), true);
    } else if (path) {
      const value = input.type === "checkbox" ? input.checked : ["range", "number"].includes(input.type) ? input.valueAsNumber : input.value;
      if (Number.isNaN(value)) return; // half typed
      this.acts.change((figure, pose) => set(figure, pose, path, value), done);
    } else if (done && list) {
      this.acts.change((figure, pose) => tick(figure, pose, list, input.value, input.checked), true);
    } else if (done && kind) {
      this.acts.change((figure) => support(figure, kind, input.checked), true);
    } else if (done && hold) {
      this.acts.hold(hold, input.value);
    }
  }

  /** Set everything to what the figure says; a number that is being typed is left alone. */
  show(/** @type {any} */ figure, /** @type {string} */ pose) {
    const one = figure[pose] ?? {};
    for (const side of ["left", "right"]) {
      const to = one.hands?.[side]?.to;
      this.all(`[data-hold=${side}]`).forEach((node) => (/** @type {HTMLSelectElement} */ (node).value = Array.isArray(to) ? "room" : (to ?? "")));
      this.all(`[data-held=${side}]`).forEach((node) => (node.hidden = to === undefined));
      this.all(`[data-room=${side}]`).forEach((node) => (node.hidden = !Array.isArray(to)));
    }
    for (const node of this.all("[data-path]")) {
      const input = /** @type {HTMLInputElement} */ (node);
      if (input.type === "number" && input === document.activeElement) continue;
      const value = get(figure, pose, input.dataset.path ?? "");
      if (input.type === "checkbox") input.checked = value === true;
      else input.value = String(value);
    }
    for (const node of this.all("[data-list]")) {
      const input = /** @type {HTMLInputElement} */ (node);
      input.checked = Boolean(one[input.dataset.list ?? ""]?.includes(input.value));
    }
    for (const node of this.all("[data-support]")) {
      const input = /** @type {HTMLInputElement} */ (node);
      input.checked = Boolean(piece(figure, input.dataset.support ?? ""));
      const more = input.closest("[data-piece]")?.querySelector(".posing-piece-more");
      if (more) /** @type {HTMLElement} */ (more).hidden = !input.checked;
    }
    for (const node of this.all("[data-arrow]")) node.hidden = !figure.arrow;
    for (const node of this.all("[data-only]")) {
      /** @type {HTMLOptGroupElement} */ (node).disabled = !piece(figure, node.dataset.only ?? "");
    }
  }

  /** Mark what the problems of this pose are about. */
  mark(/** @type {any[]} */ problems, /** @type {string} */ pose) {
    for (const node of this.all("[aria-invalid]")) node.removeAttribute("aria-invalid");
    for (const problem of problems) {
      if (problem.pose && problem.pose !== pose) continue;
      for (const control of this.of(problem.part)) control.setAttribute("aria-invalid", "true");
    }
  }

  /** The controls that a part of the figure is set with. @param {string} part @returns {HTMLElement[]} */
  of(part) {
    const [list, name] = part.split(".");
    const is = (/** @type {any} */ node) =>
      list === "hands"
        ? node.dataset.hold === name
        : node.dataset.list
          ? node.dataset.list === list && node.value === name
          : part !== "" && `${node.dataset.path}.`.startsWith(`${part}.`);
    return this.all("[data-hold], [data-list], [data-path]").filter(is);
  }

  /** Lead to the control of a part. @param {string} part */
  lead(part) {
    const control = this.of(part)[0];
    if (!control) return;
    control.closest("details")?.setAttribute("open", "");
    control.focus();
    control.scrollIntoView({ block: "center" });
  }
}
