/** Rows that are dragged to another place by their handle; what the new order means is somebody else's business. */

/**
 * @param {HTMLElement} root that the rows are in, now or later
 * @param {(row: Element) => Element[]} beside the rows among which one is dragged, itself included
 * @param {(row: Element, from: number, to: number) => void} moved
 */
export function draggable(root, beside, moved) {
  /** @type {{row: Element, at: number, to: number|null}|null} */
  let drag = null;

  function unmark() {
    for (const row of root.querySelectorAll(".builder-row")) row.classList.remove("builder-drop-before", "builder-drop-after", "builder-dragged");
  }

  /** @param {PointerEvent} event */
  function grabbed(event) {
    const handle = event.target instanceof Element && event.target.closest(".builder-handle");
    const row = handle && handle.closest(".builder-row");
    if (!row || event.button !== 0) return;
    event.preventDefault();
    drag = { row, at: beside(row).indexOf(row), to: null };
    row.classList.add("builder-dragged");
    handle.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  function dragged(event) {
    if (!drag) return;
    const { row: moving, at } = drag;
    unmark();
    moving.classList.add("builder-dragged");
    const others = beside(moving).filter((row) => row !== moving);
    drag.to = others.filter((row) => {
      const box = row.getBoundingClientRect();
      return event.clientY > box.top + box.height / 2;
    }).length;
    if (drag.to === at) return;
    if (drag.to < others.length) others[drag.to].classList.add("builder-drop-before");
    else others.at(-1)?.classList.add("builder-drop-after");
  }

  function dropped() {
    if (!drag) return;
    const { row, at, to } = drag;
    drag = null;
    unmark();
    if (to !== null && to !== at) moved(row, at, to);
  }

  /** @param {KeyboardEvent|PointerEvent} event */
  function letGo(event) {
    if (event instanceof KeyboardEvent && event.key !== "Escape") return;
    drag = null;
    unmark();
  }

  root.addEventListener("pointerdown", grabbed);
  root.addEventListener("pointermove", dragged);
  root.addEventListener("pointerup", dropped);
  root.addEventListener("pointercancel", letGo);
  document.addEventListener("keydown", letGo);
}
