/** Copies what stands in a field: <button data-copy="#field" data-done="Copied">. Without scripts it can be selected. */

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = /** @type {HTMLInputElement} */ (document.querySelector(button.dataset.copy));
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return; // not allowed here: it is selected, and can be copied by hand
    }
    document.querySelector("[data-copied]").textContent = button.dataset.done;
  });
}
