/** What is typed and not saved yet, in this tab alone: for a page that is loaded again. */

export class Kept {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.renew();
  }

  /** From now on it is about the revision that the form is about. */
  renew() {
    this.key = `holdwell-writing-${this.form.dataset.revision}`;
  }

  /** @param {string} name */
  value(name) {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name)).value;
  }

  keep() {
    const typed = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) {
      if (name !== "csrfmiddlewaretoken") typed.append(name, String(value));
    }
    this.write(typed.toString());
  }

  drop() {
    try {
      sessionStorage.removeItem(this.key ?? "");
    } catch {
      // Switched off: nothing was kept.
    }
  }

  /** What was left of this revision, however it stands by now: saving tells of what was changed since. */
  left() {
    let kept;
    try {
      kept = sessionStorage.getItem(this.key ?? "");
    } catch {
      return null; // storage is switched off
    }
    if (!kept) return null;
    const body = new URLSearchParams(kept);
    body.set("csrfmiddlewaretoken", this.value("csrfmiddlewaretoken"));
    body.set("do", "again");
    return body;
  }

  /** @param {string} text */
  write(text) {
    try {
      sessionStorage.setItem(this.key ?? "", text);
    } catch {
      // Full or switched off: the browser asks before the page is left.
    }
  }
}
