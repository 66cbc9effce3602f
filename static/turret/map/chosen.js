// Lists the texts that somebody put a line around, below the map.

import { isInside } from "./geometry.js";
import { still } from "./view.js";

export async function list(map, { ids, x, y }, line) {
  const chosen = ids.filter((_, place) => isInside(line, x[place], y[place]));
  const below = document.getElementById("map-chosen");
  const values = { field: map.dataset.field, ids: chosen.join(",") };
  await htmx.ajax("POST", map.dataset.chosen, { source: below, target: below, values });
  below.querySelector("h2")?.focus({ preventScroll: true });
  below.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
}
