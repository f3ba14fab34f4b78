/** Preselects the time zone of this device, where the page does not know better. */

for (const select of document.querySelectorAll("select[data-device-zone]")) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...select.options].some((option) => option.value === own)) select.value = own;
}
