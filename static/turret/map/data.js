// The points of a map as the server packs them, unpacked, and found by where they are.

import { clamp } from "./geometry.js";

const SIDE = 32767; // of the grid that points come on
const CELLS = 64; // to a side of the index that finds a point near the pointer
export const CELL = (SIDE + 1) / CELLS;

// Of each point its id, place and topic, -1 for an outlier; of each topic where its name stands.
export async function load(url) {
  const answer = await fetch(url);
  return unpacked(await answer.json());
}

function unpacked({ ids, x, y, topic, topics, colours }) {
  let id = 0;
  const data = { ids: ids.map((more) => (id += more)), x, y, topic, topics, colours };
  data.group = topic.map((place) => (place < 0 ? -1 : topics[place].group));
  data.cells = Array.from({ length: CELLS * CELLS }, () => []);
  for (const place of ids.keys()) data.cells[along(y[place]) * CELLS + along(x[place])].push(place);
  const members = topics.map(() => []);
  for (const [place, of] of topic.entries()) if (of >= 0) members[of].push(place);
  for (const [of, each] of topics.entries()) Object.assign(each, middle(data, members[of]));
  data.bySize = [...topics.keys()].sort((one, other) => topics[other].texts - topics[one].texts);
  return data;
}

const along = (value) => clamp(Math.floor(value / CELL), 0, CELLS - 1);

// Where the name of a topic stands, amid the half of its texts around their median; and how far
// these reach.
function middle({ x, y }, members) {
  const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1];
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [x, y].map((values) => median(members.map((place) => values[place])));
  const off = (place) => Math.hypot(x[place] - mx, y[place] - my);
  const core = members.toSorted((one, other) => off(one) - off(other)).slice(0, (members.length + 1) >> 1);
  const [cx, cy] = [x, y].map((values) => mean(core.map((place) => values[place])));
  return { texts: members.length, x: cx, y: cy, reach: off(core.at(-1)) };
}

export function* placesAround({ cells }, x, y, reach) {
  for (let row = along(y - reach); row <= along(y + reach); row++) {
    for (let column = along(x - reach); column <= along(x + reach); column++) {
      yield* cells[row * CELLS + column];
    }
  }
}

// The nearest point within reach, of one group if that is not -1; or else -1.
export function placeNear(data, x, y, reach, group) {
  let best = -1;
  let least = reach ** 2;
  for (const place of placesAround(data, x, y, reach)) {
    const far = (data.x[place] - x) ** 2 + (data.y[place] - y) ** 2;
    if (far < least && (group < 0 || data.group[place] === group)) [best, least] = [place, far];
  }
  return best;
}
