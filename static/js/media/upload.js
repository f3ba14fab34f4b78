/** Photos and films, one after the other, with how far it is; dropped or chosen, and each can be canceled.
 *
 *  Without scripts the form sends all files at once, and the page comes back with them.
 */

const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-upload]"));
const described = /** @type {HTMLFormElement} */ (document.getElementById("media"));

/** @template {HTMLElement} T @param {string} name @param {ParentNode} [within] */
const part = (name, within = form) => /** @type {T} */ (within.querySelector(`[data-part="${name}"]`));

const words = part("words").dataset;
const input = /** @type {HTMLInputElement} */ (form.elements.namedItem("files"));
const mark = /** @type {HTMLInputElement} */ (described.elements.namedItem("based_on"));

/** @typedef {{file: File, row: HTMLLIElement, request: XMLHttpRequest, canceled: boolean}} Job */
/** @type {Job[]} */
const waiting = [];
let busy = false;

/** @param {Job} job @param {string} state @param {string} text */
function say(job, state, text) {
  job.row.dataset.state = state;
  /** @type {HTMLElement} */ (job.row.querySelector(".media-queue-state")).textContent = text;
  if (state === "waits" || state === "runs") return;
  job.row.querySelector("button")?.remove();
  job.row.querySelector("progress")?.remove();
  part("said").textContent = `${job.file.name}: ${text}`;
}

/** What can be said before a byte is sent. @param {File} file */
function tooLarge(file) {
  const { photoMax = "", filmMax = "" } = form.dataset;
  if (file.type.startsWith("image/") && file.size > Number(photoMax)) return words.photoLarge;
  return file.size > Number(filmMax) ? words.filmLarge : "";
}

/** @param {Iterable<File>} files */
function take(files) {
  for (const file of files) {
    const template = /** @type {HTMLTemplateElement} */ (part("row"));
    const row = /** @type {HTMLLIElement} */ (
      /** @type {DocumentFragment} */ (template.content.cloneNode(true)).querySelector("li")
    );
    /** @type {HTMLElement} */ (row.querySelector(".media-queue-name")).textContent = file.name;
    const job = { file, row, request: new XMLHttpRequest(), canceled: false };
    part("queue").append(row);
    const refused = tooLarge(file);
    if (refused) {
      say(job, "refused", refused);
      continue;
    }
    say(job, "waits", words.waits ?? "");
    row.querySelector("button")?.addEventListener("click", () => cancel(job));
    waiting.push(job);
  }
  void next();
}

/** @param {Job} job */
function cancel(job) {
  job.canceled = true;
  job.request.abort();
  say(job, "canceled", words.canceled ?? "");
}

async function next() {
  if (busy) return;
  busy = true;
  for (let job = waiting.shift(); job; job = waiting.shift()) {
    if (!job.canceled) await send(job);
  }
  busy = false;
}

/** @param {Job} job @returns {Promise<void>} */
function send(job) {
  const { request, row, file } = job;
  const body = new FormData();
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrfmiddlewaretoken"));
  body.append("csrfmiddlewaretoken", token.value);
  body.append("based_on", mark.value);
  body.append("files", file);
  return new Promise((done) => {
    request.upload.addEventListener("progress", (event) => {
      const share = event.loaded / event.total;
      const bar = row.querySelector("progress");
      if (bar) bar.value = share;
      say(job, "runs", share < 1 ? `${Math.floor(share * 100)} %` : (words.checked ?? ""));
    });
    request.addEventListener("load", () => answered(job));
    request.addEventListener("error", () => say(job, "refused", words.silent ?? ""));
    request.addEventListener("loadend", () => done());
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  });
}

/** @param {Job} job */
function answered(job) {
  /** @type {{problem?: string, html?: string, mark?: string, page?: string}} */
  let answer = {};
  try {
    answer = JSON.parse(job.request.responseText);
  } catch {
    // not ours: a proxy's page, or the sign-in
  }
  if (job.request.status !== 201 || !answer.html) {
    say(job, "refused", answer.problem ?? words.silent ?? "");
    return;
  }
  say(job, "there", words.there ?? "");
  // Our own page's HTML of the new entry: what is typed into the others stays.
  part("entries", described).insertAdjacentHTML("beforeend", answer.html);
  part("save", described).hidden = false;
  mark.value = answer.mark ?? mark.value;
  // The first upload into what is published has begun a draft, which has an address of its own.
  if (answer.page) history.replaceState(null, "", answer.page);
}

part("drop").hidden = false;
part("send").hidden = true;
input.addEventListener("change", () => {
  take(input.files ?? []);
  input.value = "";
});
form.addEventListener("submit", (event) => event.preventDefault());
for (const name of ["dragover", "dragleave", "drop"]) {
  form.addEventListener(name, (event) => {
    event.preventDefault();
    form.toggleAttribute("data-over", name === "dragover");
  });
}
form.addEventListener("drop", (event) => take(event.dataTransfer?.files ?? []));
// A page that is left while something is on its way would lose it.
window.addEventListener("beforeunload", (event) => {
  if (busy) event.preventDefault();
});
