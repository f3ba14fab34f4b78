// What every page needs beyond HTML: all of it is comfort, nothing depends on it.

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // A download leaves its page open: its form may be sent again.
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || "again" in form.dataset) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  delete form.dataset.changed;
});

// A page that comes back from the browser's memory may be sent again.
window.addEventListener("pageshow", () => {
  /** @type {NodeListOf<HTMLFormElement>} */
  const sent = document.querySelectorAll("form[data-sent]");
  for (const form of sent) delete form.dataset.sent;
});

// Leaving a form with something typed in it is asked about first.
document.addEventListener("input", (event) => {
  if (!(event.target instanceof Element)) return;
  /** @type {HTMLFormElement|null} */
  const form = event.target.closest("form[data-guard]");
  if (form) form.dataset.changed = "yes";
});
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-guard][data-changed]")) event.preventDefault();
});

// Menus close by Escape and by a press elsewhere.
/** @returns {NodeListOf<HTMLDetailsElement>} */
const openMenus = () => document.querySelectorAll("details[data-menu][open]");
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});
