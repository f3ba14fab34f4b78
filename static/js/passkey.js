/**
 * Passkeys: a form whose hidden field `credential` the browser fills, once its owner has shown a finger or a face.
 * webauthn-json.js comes out of django-allauth's wheel and turns the browser's bytes into JSON and back.
 *
 * @typedef {{create: (options: object) => Promise<object>, get: (options: object) => Promise<object>}} WebAuthn
 */

const { webauthnJSON } = /** @type {{webauthnJSON?: WebAuthn}} */ (/** @type {unknown} */ (window));

/** What the page brings along for the browser. */
function brought() {
  return JSON.parse(document.getElementById("passkey-data")?.textContent ?? "{}");
}

/** The options of a sign-in are made when it begins: a page may lie open for long. @param {HTMLFormElement} form */
async function asked(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return (await answer.json()).request_options;
}

/** @param {HTMLFormElement} form @param {WebAuthn} browser */
async function credential(form, browser) {
  switch (form.dataset.passkey) {
    case "make": {
      const options = brought().creation_options;
      // A passkey is kept by the device, and found without a name typed.
      Object.assign(options.publicKey.authenticatorSelection, { residentKey: "required", requireResidentKey: true });
      return browser.create(options);
    }
    case "use":
      return browser.get(brought().request_options);
    default:
      return browser.get(await asked(form));
  }
}

/** A passkey belongs to one host name; at any other address (127.0.0.1, say) the browser refuses it.
 * @param {HTMLFormElement} form */
function works(form) {
  const host = form.dataset.passkeyHost;
  const here = location.hostname === host || location.hostname.endsWith(`.${host}`);
  return here && Boolean(window.PublicKeyCredential) ? webauthnJSON : undefined;
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-passkey]"))) {
  const browser = works(form);
  form.hidden = !browser;
  const missing = /** @type {HTMLElement|null} */ (document.querySelector("[data-passkey-missing]"));
  if (missing) missing.hidden = Boolean(browser);
  if (!browser) continue;
  const said = /** @type {HTMLElement} */ (form.querySelector("[role=status]"));
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
  // Before the page's own listener, which lets a form be sent once.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "";
    try {
      field.value = JSON.stringify(await credential(form, browser));
      form.submit();
    } catch {
      // Cancelled, timed out, or no passkey for this place: the browser does not tell which.
      said.textContent = form.dataset.passkeyFailed ?? "";
    }
  });
}
