// The roster by keyboard. Tab and Enter work without this; single keys can be switched off (WCAG 2.1.4).

const SWITCH = "holdwell-roster-keys";
/** @type {HTMLElement|null} */
const own = document.querySelector("[data-roster-keys-switch]");
const box = own?.querySelector("input");

if (own && box) {
  own.hidden = false;
  box.checked = localStorage.getItem(SWITCH) !== "off";
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(SWITCH);
    else localStorage.setItem(SWITCH, "off");
  });
}

/** @param {Element} target */
function typing(target) {
  return target.closest("input, select, textarea, [contenteditable]") !== null;
}

/** @param {1|-1} step */
function move(step) {
  const names = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".hw-roster .desk-name")]);
  const row = document.activeElement?.closest(".hw-roster tbody tr");
  const here = row ? names.findIndex((name) => row.contains(name)) : step > 0 ? -1 : names.length;
  const next = names[here + step];
  if (next) next.focus();
}

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!(target instanceof Element) || typing(target)) return;
  const inRow = target.closest(".hw-roster tbody tr") !== null;
  const on = box && box.checked;
  if (inRow && (event.key === "ArrowDown" || event.key === "ArrowUp")) move(event.key === "ArrowDown" ? 1 : -1);
  else if (on && event.key === "j") move(1);
  else if (on && event.key === "k") move(-1);
  else if (on && event.key === "/") document.getElementById("q")?.focus();
  else return;
  event.preventDefault();
});
