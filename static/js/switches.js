/** The player's switches, outside of a session: the same ones, in the same place (player/session.js). */

import { shelf, Store, SWITCHES } from "./player/store.js";

const section = /** @type {HTMLElement|null} */ (document.querySelector("[data-switches]"));
const { user } = JSON.parse(document.getElementById("waiting-data")?.textContent ?? "{}");
if (section && user) {
  const store = new Store(shelf(), user);
  /** @type {Record<string, boolean>} */
  const switches = { ...SWITCHES, ...store.read("switches") };
  const said = /** @type {HTMLElement} */ (section.querySelector("[data-switched]"));
  for (const box of section.querySelectorAll("input")) {
    // Where the device cannot do it, there is nothing to switch.
    if (box.name === "vibration" && !navigator.vibrate) box.closest("label")?.remove();
    if (box.name === "voice" && !window.speechSynthesis) box.closest("label")?.remove();
    if (box.name === "awake" && !navigator.wakeLock) box.closest("label")?.remove();
    box.checked = switches[box.name];
    box.addEventListener("change", () => {
      switches[box.name] = box.checked;
      store.write("switches", { ...store.read("switches"), ...switches });
      said.textContent = said.dataset.words ?? "";
    });
  }
  section.hidden = false;
}
