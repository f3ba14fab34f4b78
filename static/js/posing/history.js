/** What was made, step by step: for undo and redo, and for a page that is loaded again. */

const MOST = 80; // steps

export class History {
  /** @param {string} key of the revision @param {string} basedOn how it stood @param {string} first what is saved */
  constructor(key, basedOn, first) {
    this.key = `holdwell-posing-${key}`;
    this.basedOn = basedOn;
    this.steps = [first];
    this.at = 0;
    const kept = this.kept();
    if (kept?.basedOn === basedOn) ({ steps: this.steps, at: this.at } = kept);
  }

  kept() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    } catch {
      return null; // storage is switched off, or holds something else
    }
  }

  get now() {
    return this.steps[this.at];
  }

  get first() {
    return this.at === 0;
  }

  get last() {
    return this.at === this.steps.length - 1;
  }

  /** A step further; false for the same again, which is none. @param {string} step */
  add(step) {
    if (step === this.now) return false;
    this.steps = [...this.steps.slice(0, this.at + 1), step].slice(-MOST);
    this.at = this.steps.length - 1;
    this.keep();
    return true;
  }

  /** Back (-1) or forth (1); false at either end. @param {number} by */
  go(by) {
    if (!(this.at + by in this.steps)) return false;
    this.at += by;
    this.keep();
    return true;
  }

  keep() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ basedOn: this.basedOn, steps: this.steps, at: this.at }));
    } catch {
      // Full or switched off: undo works until the page is left.
    }
  }
}
