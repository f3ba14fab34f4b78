// The roster by keyboard. Tab and Enter work without this; single keys can be switched off (WCAG 2.1.4).

const SWITCH = "holdwell-roster-keys";
const own = document.querySelector("[data-roster-keys-switch]");
const box = own && own.querySelector("input");

if (box) {
  own.hidden = false;
  box.checked = localStorage.getItem(SWITCH) !== "off";
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(SWITCH);
    else localStorage.setItem(SWITCH, "off");
  });
}

function typing(target) {
  return target.closest("input, select, textarea, [contenteditable]") !== null;
}

function move(step) {
  const names = [...document.querySelectorAll(".hw-roster .desk-name")];
  const row = document.activeElement.closest(".hw-roster tbody tr");
  const here = row ? names.indexOf(row.querySelector(".desk-name")) : step > 0 ? -1 : names.length;
  const next = names[here + step];
  if (next) next.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  const inRow = event.target.closest(".hw-roster tbody tr") !== null;
  const on = box && box.checked;
  if (inRow && (event.key === "ArrowDown" || event.key === "ArrowUp")) move(event.key === "ArrowDown" ? 1 : -1);
  else if (on && event.key === "j") move(1);
  else if (on && event.key === "k") move(-1);
  else if (on && event.key === "/") document.getElementById("q").focus();
  else return;
  event.preventDefault();
});
