/**
 * The outline of circles held together by a rubber band, as in `exercises/figures/outline.py`, for figures that move.
 *
 * @import { Circle, Normal } from "./types.d.ts"
 */

const DIRECTIONS = Array.from({ length: 32 }, (_, k) => [Math.cos((2 * Math.PI * k) / 32), Math.sin((2 * Math.PI * k) / 32)]);

/** The circles that the band touches, in turn. @param {Circle[]} circles */
function inOrder(circles) {
  if (circles.length === 1) return circles;
  if (circles.length === 2) {
    const [a, b] = circles;
    const apart = Math.hypot(b[0] - a[0], b[1] - a[1]) > Math.abs(a[2] - b[2]) + 1e-6;
    return apart ? circles : [a[2] >= b[2] ? a : b];
  }
  /** @type {Circle[]} */
  const touched = [];
  for (const [dx, dy] of DIRECTIONS) {
    let best = circles[0];
    let farthest = -Infinity;
    for (const circle of circles) {
      const reach = circle[0] * dx + circle[1] * dy + circle[2];
      if (reach > farthest) [best, farthest] = [circle, reach];
    }
    if (touched.at(-1) !== best) touched.push(best);
  }
  if (touched.length > 1 && touched[0] === touched.at(-1)) touched.pop();
  return touched;
}

/** Where the band lies outside both circles on its way from a to b. @param {Circle} a @param {Circle} b @returns {Normal} */
function tangent(a, b) {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const distance = Math.max(Math.hypot(dx, dy), 1e-6);
  const sine = Math.max(-1, Math.min(1, (a[2] - b[2]) / distance));
  const cosine = Math.sqrt(1 - sine * sine);
  const [ux, uy] = [dx / distance, dy / distance];
  return [ux * sine + uy * cosine, uy * sine - ux * cosine];
}

/** @param {number} value */
const short = (value) => value.toFixed(1);

/** Path data around the circles. @param {Circle[]} circles */
export function hull(circles) {
  const band = inOrder(circles);
  if (band.length === 1) {
    const [x, y, r] = band[0];
    const size = short(r);
    return `M${short(x - r)} ${short(y)}a${size} ${size} 0 1 1 ${short(2 * r)} 0a${size} ${size} 0 1 1 ${short(-2 * r)} 0z`;
  }
  const normals = band.map((circle, index) => tangent(circle, band[(index + 1) % band.length]));
  let path = "";
  band.forEach(([x, y, r], index) => {
    const [ax, ay] = normals.at(index - 1) ?? normals[0];
    const [bx, by] = normals[index];
    const turn = (Math.atan2(by, bx) - Math.atan2(ay, ax) + 4 * Math.PI) % (2 * Math.PI);
    const large = turn > Math.PI && turn < 2 * Math.PI - 0.01 ? 1 : 0;
    path += `${path ? "L" : "M"}${short(x + ax * r)} ${short(y + ay * r)}`;
    path += `A${short(r)} ${short(r)} 0 ${large} 1 ${short(x + bx * r)} ${short(y + by * r)}`;
  });
  return `${path}z`;
}
