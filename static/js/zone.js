/** Preselects the time zone of this device, where the page does not know better. */

/** @type {NodeListOf<HTMLSelectElement>} */
const selects = document.querySelectorAll("select[data-device-zone]");
for (const select of selects) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...select.options].some((option) => option.value === own)) select.value = own;
}
