/** The large figure with its handles: what is seen, and what is dragged on it. Places are those of the view box. */

const ROOM = 0.09; // of the picture's size, free around it
const SMALL = 0.5; // a picture smaller than this share of its frame gets a new one
const TURN = 0.5; // degrees a pixel

/** @typedef {{x: number, y: number, width: number, height: number}} Box */

/** @param {Box} frame @param {Box} box */
const holds = (frame, box) =>
  box.x >= frame.x &&
  box.y >= frame.y &&
  box.x + box.width <= frame.x + frame.width &&
  box.y + box.height <= frame.y + frame.height &&
  (box.width > frame.width * SMALL || box.height > frame.height * SMALL);

export class Stage {
  /**
   * @param {HTMLElement} root
   * @param {{dragged: (handle: string, to: number[]) => void, dropped: () => void, turned: (by: number[]) => void,
   *   scale: number}} acts
   */
  constructor(root, acts) {
    this.root = root;
    this.acts = acts;
    this.picture = /** @type {HTMLElement} */ (root.querySelector("[data-part=picture]"));
    this.empty = /** @type {HTMLElement} */ (root.querySelector("[data-part=empty]"));
    /** @type {Map<string, HTMLElement>} */
    this.handles = new Map();
    for (const node of root.querySelectorAll("[data-handle]")) {
      const handle = /** @type {HTMLElement} */ (node);
      this.handles.set(handle.dataset.handle ?? "", handle);
      handle.addEventListener("pointerdown", (event) => this.take(event, handle));
      handle.addEventListener("keydown", (event) => this.pressed(event, handle));
    }
    root.addEventListener("pointerdown", (event) => this.turn(event));
    new ResizeObserver(() => this.place()).observe(root);
    /** @type {Box | null} */
    this.frame = null;
    /** @type {any[]} */
    this.places = [];
    /** Where keys have sent a handle that has not been drawn there yet. @type {Map<string, {x: number, y: number}>} */
    this.aims = new Map();
    this.dragging = false;
  }

  /** Show a picture; its frame stays while the figure fits it, so that nothing jumps under the pointer. */
  show(/** @type {string} */ svg, /** @type {any[]} */ places) {
    this.empty.hidden = Boolean(svg);
    this.picture.innerHTML = svg;
    const drawn = this.picture.querySelector("svg");
    if (drawn) {
      const { x, y, width, height } = drawn.viewBox.baseVal;
      if (!this.frame || (!this.dragging && !holds(this.frame, { x, y, width, height }))) {
        const room = Math.max(width, height) * ROOM;
        this.frame = { x: x - room, y: y - room, width: width + 2 * room, height: height + 2 * room };
      }
      const frame = this.frame;
      drawn.setAttribute("viewBox", `${frame.x} ${frame.y} ${frame.width} ${frame.height}`);
    }
    this.places = drawn ? places : [];
    this.aims.clear();
    this.place();
  }

  /** Show a figure that moves; it cannot be taken hold of. */
  film(/** @type {SVGElement} */ svg) {
    this.picture.replaceChildren(svg);
    this.refit();
    this.places = [];
    this.place();
  }

  /** Forget the frame: what comes next is another figure. */
  refit() {
    this.frame = null;
  }

  /** Pixels of the screen for one of the view box, and where the view box begins on the stage. */
  scale() {
    const frame = this.frame ?? { x: 0, y: 0, width: 1, height: 1 };
    const { clientWidth, clientHeight } = this.picture;
    const scale = Math.min(clientWidth / frame.width, clientHeight / frame.height);
    const left = (clientWidth - frame.width * scale) / 2 - frame.x * scale;
    const top = (clientHeight - frame.height * scale) / 2 - frame.y * scale;
    return { scale, left, top };
  }

  place() {
    const { scale, left, top } = this.scale();
    for (const handle of this.handles.values()) handle.hidden = true;
    for (const { name, x, y, depth } of this.places) {
      const handle = this.handles.get(name);
      if (!handle) continue;
      handle.hidden = false;
      handle.style.left = `${left + x * scale}px`;
      handle.style.top = `${top + y * scale}px`;
      handle.style.zIndex = String(200 + Math.round(depth));
    }
  }

  /** Follow a pointer until it is let go. */
  follow(/** @type {PointerEvent} */ event, /** @type {(x: number, y: number) => void} */ moved, /** @type {() => void} */ done) {
    const target = /** @type {HTMLElement} */ (event.currentTarget);
    const away = new AbortController();
    const { pointerId } = event;
    const end = () => {
      away.abort();
      done();
    };
    target.setPointerCapture(pointerId);
    const { signal } = away;
    target.addEventListener("pointermove", (move) => moved(move.clientX - event.clientX, move.clientY - event.clientY), { signal });
    for (const name of ["pointerup", "pointercancel"]) target.addEventListener(name, end, { signal });
  }

  /** Handles may lie over one another: the nearest is meant. @param {PointerEvent} event @param {HTMLElement} pressed */
  meant(event, pressed) {
    const { left, top } = this.root.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const far = (/** @type {HTMLElement} */ one) => Math.hypot(parseFloat(one.style.left) - x, parseFloat(one.style.top) - y);
    const shown = [...this.handles.values()].filter((one) => !one.hidden);
    return shown.reduce((best, one) => (far(one) < far(best) ? one : best), pressed);
  }

  take(/** @type {PointerEvent} */ event, /** @type {HTMLElement} */ pressed) {
    if (event.button !== 0) return;
    event.stopPropagation();
    const handle = this.meant(event, pressed);
    const name = handle.dataset.handle ?? "";
    const from = this.places.find((one) => one.name === name);
    const { scale } = this.scale();
    this.dragging = true;
    handle.dataset.taken = "yes";
    this.follow(
      event,
      (x, y) => this.acts.dragged(name, [from.x + x / scale, from.y + y / scale]),
      () => {
        this.dragging = false;
        delete handle.dataset.taken;
        this.acts.dropped();
      },
    );
  }

  turn(/** @type {PointerEvent} */ event) {
    if (event.button !== 0 || !this.places.length) return;
    let [before, above] = [0, 0];
    this.root.dataset.turning = "yes";
    this.follow(
      event,
      (x, y) => {
        this.acts.turned([(before - x) * TURN, event.pointerType === "mouse" ? (y - above) * TURN : 0]);
        [before, above] = [x, y];
      },
      () => {
        delete this.root.dataset.turning;
        this.acts.dropped();
      },
    );
  }

  pressed(/** @type {KeyboardEvent} */ event, /** @type {HTMLElement} */ handle) {
    const ways = /** @type {Record<string, number[]>} */ ({
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    });
    const way = ways[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const name = handle.dataset.handle ?? "";
    const far = (event.shiftKey ? 10 : 2) * this.acts.scale;
    // Pressed again before the answer, it aims farther.
    const { x, y } = this.aims.get(name) ?? this.places.find((one) => one.name === name);
    const aim = { x: x + way[0] * far, y: y + way[1] * far };
    this.aims.set(name, aim);
    this.acts.dragged(name, [aim.x, aim.y]);
    this.acts.dropped();
  }
}
