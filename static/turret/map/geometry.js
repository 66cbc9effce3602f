// Geometry in the plane: of the grid that points come on, or of the screen.

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// The smallest frame around all points: its middle and its size.
export function frame({ x, y }) {
  const least = (values) => values.reduce((one, other) => Math.min(one, other), Infinity);
  const most = (values) => values.reduce((one, other) => Math.max(one, other), 0);
  const [left, right, top, bottom] = [least(x), most(x), least(y), most(y)];
  const [width, height] = [Math.max(right - left, 1), Math.max(bottom - top, 1)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, width, height };
}

// Whether a line goes around a point, by the rule of even and odd crossings.
export function isInside(line, x, y) {
  let inside = false;
  for (let at = 0, before = line.length - 1; at < line.length; before = at++) {
    const [[ax, ay], [bx, by]] = [line[at], line[before]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

// Which of some places is next in a direction, [right, down]: near, and rather ahead than aside.
export function nextIn([right, down], from, places) {
  let best = -1;
  let least = Infinity;
  for (const [index, { x, y }] of places.entries()) {
    const ahead = (x - from.x) * right + (y - from.y) * down;
    const aside = Math.abs((x - from.x) * down) + Math.abs((y - from.y) * right);
    const far = ahead + 2 * aside;
    if (ahead > 0 && aside <= 2 * ahead && far < least) [best, least] = [index, far];
  }
  return best;
}
