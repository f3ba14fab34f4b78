/** The preview of the stretch: start and held pose in turn. This function is all that the editor knows of it. */

const EVERY = 2000; // ms

/**
 * Show the poses in turn until the returned function is called.
 * @param {(pose: string) => void} show
 * @returns {() => void}
 */
export function play(show) {
  let held = true;
  const step = () => {
    held = !held;
    show(held ? "held" : "start");
  };
  step();
  const timer = setInterval(step, EVERY);
  return () => clearInterval(timer);
}
