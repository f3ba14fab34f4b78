/** Reading and writing a figure's JSON by paths such as "joints.left_hip.flexion" or "support.chair.at.0". */

const OF_THE_FIGURE = ["camera", "support", "arrow"];
/** What a figure has where it says nothing (exercises/figures/pose.py); everything else is 0. */
const DEFAULTS = {
  "camera.turn": 30,
  "camera.height": 12,
  "support.mat.size": 190,
  "support.towel.around": "left_sole",
  "arrow.point": "",
  anchor: "pelvis",
};

/** @typedef {Record<string, any>} Figure */

/** @param {Figure} figure @param {string} kind */
export const piece = (figure, kind) => figure.support?.find((/** @type {any} */ one) => one?.kind === kind);

const isObject = (/** @type {unknown} */ value) => value !== null && typeof value === "object" && !Array.isArray(value);
const areObjects = (/** @type {any} */ value = {}) => isObject(value) && Object.values(value).every(isObject);

/**
 * Whether a JSON value is built like a figure, so that it can be shown and changed here; an empty one is. Whether a body
 * can do it, the server knows.
 * @param {any} value
 */
export function shaped(value) {
  if (!isObject(value)) return false;
  if (!Object.keys(value).length) return true;
  const { camera = {}, support = [], arrow = {}, start, held } = value;
  const poses = [start, held].every(
    (pose) =>
      isObject(pose) &&
      [pose.joints, pose.hands].every(areObjects) &&
      isObject(pose.root ?? {}) &&
      [pose.at, pose.bears, pose.stretched].every((list = []) => Array.isArray(list)),
  );
  return poses && isObject(camera) && isObject(arrow) && Array.isArray(support) && support.every(isObject);
}

/** The object that holds the last step of a path, and that step. */
function way(/** @type {Figure} */ figure, /** @type {string} */ pose, /** @type {string} */ path, make = false) {
  const steps = path.split(".");
  const last = /** @type {string} */ (steps.pop());
  /** @type {any} */
  let found = OF_THE_FIGURE.includes(steps[0]) ? figure : figure[pose];
  if (steps[0] === "support") {
    found = piece(figure, steps[1]);
    steps.splice(0, 2);
  }
  for (const step of steps) {
    if (make && found) found[step] ??= ["at", "shift"].includes(step) ? [0, 0] : {};
    found = found?.[step];
  }
  return { found, last };
}

/** @param {Figure} figure @param {string} pose @param {string} path */
export function get(figure, pose, path) {
  const { found, last } = way(figure, pose, path);
  const value = found?.[last];
  return value || value === false ? value : (DEFAULTS[/** @type {keyof typeof DEFAULTS} */ (path)] ?? value ?? 0);
}

/** Write a value; an angle of 0 need not be said. @param {Figure} figure @param {string} pose @param {string} path @param {any} value */
export function set(figure, pose, path, value) {
  const { found, last } = way(figure, pose, path, true);
  if (!found) return;
  found[last] = value;
  if (path.startsWith("joints.") && value === 0) {
    delete found[last];
    const joint = path.split(".")[1];
    if (!Object.keys(found).length) delete figure[pose].joints[joint];
  }
}

/** Let the arrow follow a point; none for an empty name. @param {Figure} figure @param {string} point */
export function follow(figure, point) {
  if (point) figure.arrow = { ...figure.arrow, point };
  else delete figure.arrow;
}

/** Put a name on a pose's list, or take it off. @param {Figure} figure @param {string} pose @param {string} list @param {string} name @param {boolean} on */
export function tick(figure, pose, list, name, on) {
  const names = (figure[pose][list] ?? []).filter((/** @type {string} */ one) => one !== name);
  figure[pose][list] = on ? [...names, name] : names;
}

/** Add or take away a piece of support. @param {Figure} figure @param {string} kind @param {boolean} on */
export function support(figure, kind, on) {
  const others = (figure.support ?? []).filter((/** @type {any} */ one) => one?.kind !== kind);
  const sizes = /** @type {Record<string, any>} */ ({ step: { size: 20, at: [0, 60] }, chair: { at: [0, -30] } });
  figure.support = on ? [...others, { kind, ...sizes[kind] }] : others;
}

/** @param {Figure} figure */
export const text = (figure) => (Object.keys(figure).length ? JSON.stringify(figure, null, 2) : "");
