/** Questions to the server: one on its way at a time. Of those that only look, the latest alone is asked. */

export class Asking {
  /** @param {string} address @param {string} token against forged requests @param {(busy: boolean) => void} tell */
  constructor(address, token, tell) {
    this.address = address;
    this.token = token;
    this.tell = tell;
    /** @type {{make: () => any, looks: boolean, resolve: (answer: any) => void}[]} */
    this.waiting = [];
    this.busy = false;
    /** When nothing is on its way any more. */
    this.idle = Promise.resolve();
  }

  /**
   * Ask, when it is its turn, for what `make` gives by then. `looks`: it changes nothing, and may be overtaken.
   * @param {() => any} make @param {{looks?: boolean}} [more]
   * @returns {Promise<any>} the answer; null when it was overtaken, or none came
   */
  ask(make, { looks = false } = {}) {
    const last = this.waiting.at(-1);
    if (looks && last?.looks) this.waiting.pop()?.resolve(null);
    const answer = new Promise((resolve) => this.waiting.push({ make, looks, resolve }));
    if (!this.busy) this.idle = this.work();
    return answer;
  }

  async work() {
    this.busy = true;
    this.tell(true);
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      next.resolve(await this.send(next.make()));
    }
    this.busy = false;
    // Once the answer has been shown.
    setTimeout(() => this.busy || this.tell(false));
  }

  /** @param {any} body @returns {Promise<any>} the answer; {silent: true} when there is none */
  async send(body) {
    try {
      const answer = await fetch(this.address, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
        body: JSON.stringify(body),
      });
      return await answer.json();
    } catch {
      return { silent: true };
    }
  }
}
