/** Shapes that the player's modules share. Read by the type checker alone; no browser asks for this file. */

export type Side = "none" | "left" | "right";
export type Kind = "get_ready" | "hold" | "release" | "change" | "rest";

/** One item of a prescription, as `patients.portal.player` hands it over. */
export interface Item {
  id: string;
  name: string;
  sets: number;
  repetitions: number;
  /** s */
  hold: number;
  /** s */
  rest: number;
  sides: Side[];
}

/** A rest or change of sides stands at the place that follows it. */
export interface Step {
  kind: Kind;
  item: number;
  set: number;
  side: Side;
  repetition: number;
  /** as planned; `machine.length` knows how long it takes at the patient's pace */
  seconds: number;
}

/** NPRS, docs/rules.md 6 */
export interface StopRules {
  severe: number;
  above: number;
  rise: number;
}

/** What a plan is made from: numbers that Python owns. `timing` in s. */
export interface Rules {
  timing: { get_ready: number; release: number; change_sides: number };
  stop: StopRules;
  full_share: number;
}

export interface Plan {
  items: Item[];
  steps: Step[];
  stop: StopRules;
  fullShare: number;
}

/** How the patient wants the time around the holds; holds themselves are as prescribed. */
export interface Pace {
  /** s before a hold; 0: none */
  ready: number;
  /** times the prescribed rest; 0: none */
  rest: number;
  /** the player waits before each stretch */
  wait: boolean;
}

export interface Note {
  skip: string;
  eased: boolean;
  pain: number | null;
}

/** Plain JSON, so that it outlives a reload. */
export interface State {
  status: "ready" | "running" | "paused" | "offering" | "ended";
  why: "" | "asked" | "wait" | "reload" | "asleep" | "pain" | "finished" | "stopped" | "skipped";
  /** index of the step */
  at: number;
  /** ms of the step that are over, and that it was lengthened by */
  spent: number;
  extra: number;
  /** ms of a hold that goes on after a get ready of its own; null: there is none */
  into: number | null;
  /** the last readings of both clocks, ms */
  clock: number;
  wall: number;
  /** ms since the start */
  elapsed: number;
  /** ms held in the set under way */
  attempt: number;
  /** ms held, by "item/set/side" */
  held: Record<string, number>;
  notes: Note[];
  pace: Pace;
  painBefore: number;
}

/** What happens to a player. */
export type Act =
  | { type: "tick" | "start" | "pause" | "resume" | "next" | "back" | "stop" }
  | { type: "more"; seconds: number }
  | { type: "skip" | "skip_all"; reason: string }
  | { type: "ease"; on: boolean }
  | { type: "pain"; value: number }
  | { type: "pace"; pace: Pace };

/** … and when: readings of performance.now() and Date.now(), ms. */
export type Event = Act & { now: number; wall: number };

export type Cue = Kind | "ten_left" | "count" | "paused" | "asleep" | "waiting" | "resumed" | "finished";

/** What was done of an item, as the server takes it; `held` in s. */
export interface Done {
  item: string;
  sets: { side: Side; held: number }[];
  skip_reason: string;
  eased: boolean;
  pain: number | null;
}

/** What can be switched on this device. */
export interface Switches extends Pace {
  tones: boolean;
  voice: boolean;
  vibration: boolean;
  awake: boolean;
}

/** A session under way, as it is kept on the device. Times in ms since the epoch. */
export interface Session {
  id: string;
  revision: number;
  painBefore: number;
  state: State;
  startedAt: number;
  endedAt: number;
  at: number;
  items: Done[];
  /** the plan was changed meanwhile */
  outdated: boolean;
}

/** What waits to be sent. */
export interface Entry {
  id: string;
  kind: "session" | "screen";
  body: object;
  at: number;
  /** why the server did not take it */
  refused: string;
}

/** What every page needs that sends (`patients.portal.player.sending_data`). */
export interface Sending {
  stranded: string;
  user: string;
  urls: Record<"session" | "screen" | "today" | "done" | "prescription" | "sign_out", string>;
  no_id: string;
  csrf: { cookie: string; token: string };
  texts: Record<string, string>;
}

/** What the session's page hands to the player (`patients.portal.player.player_data`). */
export interface Data extends Sending, Rules {
  prescription: string;
  revision: number;
  language: string;
  questions: string[];
  questions_due: boolean;
  items: (Item & { steps: { kind: string; text: string }[]; easier: string })[];
  tips: Record<string, string>;
}
