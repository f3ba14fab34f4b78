/** Copies what stands in a field: <button data-copy="#field" data-done="Copied">. Without scripts it can be selected. */

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-copy]"))) {
  const { copy = "", done = "" } = button.dataset;
  const field = /** @type {HTMLInputElement} */ (document.querySelector(copy));
  const said = /** @type {HTMLElement} */ (document.querySelector("[data-copied]"));
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return; // not allowed here: it is selected, and can be copied by hand
    }
    said.textContent = done;
  });
}
