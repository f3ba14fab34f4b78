/**
 * Tones (Web Audio), spoken cues (Web Speech) and vibration; each can be switched off, and each is absent without
 * harm where the browser has none.
 *
 * @typedef {{tones: boolean, voice: boolean, vibration: boolean}} Switches
 */

/** Notes as [frequency Hz, start s, length s]; soft, and told apart with eyes closed. @type {Record<string, number[][]>} */
const TONES = {
  count: [[440, 0, 0.09]],
  hold: [[660, 0, 0.3]],
  ten_left: [[550, 0, 0.1], [550, 0.16, 0.1]],
  release: [[660, 0, 0.18], [440, 0.2, 0.4]],
  change: [[440, 0, 0.14], [550, 0.18, 0.14], [440, 0.36, 0.2]],
  rest: [[392, 0, 0.5]],
  finished: [[440, 0, 0.2], [550, 0.22, 0.2], [660, 0.44, 0.5]],
};
/** ms on, off, on … @type {Record<string, number[]>} */
const BUZZ = { hold: [120], release: [80, 80, 80], change: [80, 80, 80, 80, 80], finished: [300] };
const LOUDNESS = 0.22;

export class Sound {
  /** @param {Switches} switches @param {string} language */
  constructor(switches, language) {
    this.switches = switches;
    this.language = language;
    /** @type {AudioContext|null} */
    this.audio = null;
  }

  /** Browsers let sound begin only in answer to a touch or key: call it there. */
  unlock() {
    if (!this.audio && "AudioContext" in window) this.audio = new AudioContext();
    this.audio?.resume().catch(() => {});
  }

  /** @param {string} cue @param {string} words */
  give(cue, words) {
    if (this.switches.tones) this.tone(TONES[cue] ?? []);
    if (this.switches.vibration && BUZZ[cue]) navigator.vibrate?.(BUZZ[cue]);
    if (this.switches.voice && words) this.say(words);
  }

  /** @param {number[][]} notes */
  tone(notes) {
    const { audio } = this;
    if (!audio || audio.state !== "running") return;
    for (const [frequency, start, seconds] of notes) {
      const source = audio.createOscillator();
      const volume = audio.createGain();
      const from = audio.currentTime + start;
      source.frequency.value = frequency;
      // A tone that begins or ends at once clicks.
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(LOUDNESS, from + 0.02);
      volume.gain.linearRampToValueAtTime(0, from + seconds);
      source.connect(volume).connect(audio.destination);
      source.start(from);
      source.stop(from + seconds);
    }
  }

  /** @param {string} words */
  say(words) {
    if (!("speechSynthesis" in window)) return;
    speechSynthesis.cancel();
    const speech = new SpeechSynthesisUtterance(words);
    speech.lang = this.language;
    speechSynthesis.speak(speech);
  }

  /** Silence at once, as on pause. */
  hush() {
    if ("speechSynthesis" in window) speechSynthesis.cancel();
  }
}

/** Keeps the screen awake while a session runs; the browser lets go of it whenever the page is hidden. */
export class Awake {
  constructor() {
    /** @type {WakeLockSentinel|null} */
    this.lock = null;
    this.wanted = false;
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.wanted) this.take();
    });
  }

  /** @param {boolean} on */
  set(on) {
    if (on === this.wanted) return;
    this.wanted = on;
    if (on) this.take();
    else this.lock?.release().catch(() => {});
  }

  take() {
    navigator.wakeLock?.request("screen").then(
      (lock) => {
        this.lock = lock;
        if (!this.wanted) lock.release().catch(() => {});
      },
      () => {}, // refused, as with a low battery: the session goes on without
    );
  }
}
