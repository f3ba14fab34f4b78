/**
 * Tones (Web Audio), spoken cues (Web Speech), vibration, and a screen that stays on; each can be switched off, and
 * each is absent without harm where the device has none.
 *
 * @import { Cue, Switches } from "./types.d.ts"
 */

/** Notes as [frequency Hz, start s, length s]; soft, and told apart with eyes closed. @type {Partial<Record<Cue, number[][]>>} */
const TONES = {
  count: [[440, 0, 0.09]],
  hold: [[660, 0, 0.3]],
  ten_left: [[550, 0, 0.1], [550, 0.16, 0.1]],
  release: [[660, 0, 0.18], [440, 0.2, 0.4]],
  change: [[440, 0, 0.14], [550, 0.18, 0.14], [440, 0.36, 0.2]],
  rest: [[392, 0, 0.5]],
  finished: [[440, 0, 0.2], [550, 0.22, 0.2], [660, 0.44, 0.5]],
};
/** ms on, off, on … @type {Partial<Record<Cue, number[]>>} */
const BUZZ = { hold: [120], release: [80, 80, 80], change: [80, 80, 80, 80, 80], finished: [300] };
const LOUDNESS = 0.22;

/** What this device can do, by the name of its switch. @param {string} language */
export const abilities = (language) => ({
  tones: "AudioContext" in window,
  voice: Boolean(voiceOf(language)),
  vibration: "vibrate" in navigator,
  awake: "wakeLock" in navigator,
});

/** A voice of that language, rather one that needs no network. Another language's would be unintelligible, so without
 * one the player stays silent. @param {string} language */
function voiceOf(language) {
  if (!("speechSynthesis" in window)) return undefined;
  const main = (/** @type {string} */ tag) => tag.toLowerCase().split(/[-_]/)[0];
  const known = speechSynthesis.getVoices().filter((voice) => main(voice.lang) === main(language));
  return known.find((voice) => voice.localService) ?? known[0];
}

export class Sound {
  /** @param {Switches} switches @param {string} language */
  constructor(switches, language) {
    this.switches = switches;
    this.language = language;
    voiceOf(language); // the browser fills its list of voices once somebody has asked
    /** @type {AudioContext|null} */
    this.audio = null;
  }

  /** Browsers let sound begin only in answer to a touch or key: call it there. */
  unlock() {
    if (!this.audio && "AudioContext" in window) this.audio = new AudioContext();
    this.audio?.resume().catch(() => {});
  }

  /** @param {Cue} cue @param {string} words */
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
    const voice = voiceOf(this.language);
    if (!voice) return;
    this.hush();
    const speech = new SpeechSynthesisUtterance(words);
    speech.voice = voice;
    speech.lang = voice.lang;
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
