/**
 * Asks once whether to go by the zone of this device, where its clock differs from that of the patient's zone.
 *
 * @typedef {{zone: string, kept: string[]}} Own   one for each clinic that treats the person
 */

/** @type {Own[]} */
const owns = JSON.parse(document.getElementById("zone-data")?.textContent ?? "[]");
const form = /** @type {HTMLFormElement|null} */ (document.querySelector("[data-zone-question]"));
const device = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @param {Date} date @param {string} timeZone */
const clock = (date, timeZone) => date.toLocaleString("en-GB", { timeZone, dateStyle: "short", timeStyle: "short" });

/** Whether both zones show the same time now and through the coming year: Paris and Berlin, or two names of one.
 * @param {string} one @param {string} other */
function sameClock(one, other) {
  const now = new Date();
  for (let month = 0; month < 12; month += 1) {
    const day = new Date(now.getFullYear(), now.getMonth() + month, now.getDate(), now.getHours());
    if (clock(day, one) !== clock(day, other)) return false;
  }
  return true;
}

/** @param {Own} own */
function differs({ zone, kept }) {
  try {
    return zone !== device && !kept.includes(device) && !sameClock(zone, device);
  } catch {
    return false; // a zone that this browser does not know
  }
}

const other = device && owns.find(differs);
if (form && other) {
  const place = (/** @type {string} */ zone) => zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
  const time = (/** @type {string} */ timeZone) =>
    new Date().toLocaleTimeString(document.documentElement.lang, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  /** @type {Record<string, string>} */
  const words = {
    device: place(device),
    device_time: time(device),
    own: place(other.zone),
    own_time: time(other.zone),
  };
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-words]"))) {
    part.textContent = (part.dataset.words ?? "").replace(/\{(\w+)\}/g, (_all, name) => words[name]);
  }
  /** @type {HTMLInputElement} */ (form.elements.namedItem("zone")).value = device;
  form.hidden = false;
}
