// The map of a dimension. Texts are points, written pixel by pixel into one canvas: 20,000 of them
// in some milliseconds, with a graphics card or without. Names, the line around chosen texts and
// the ring around the one pointed at are on a second canvas, above.

const SIDE = 32767; // of the grid that points come on
const CELLS = 64; // to a side of the index that finds a point near the pointer
const CELL = (SIDE + 1) / CELLS;
const NEAR = 12; // CSS pixels
const [LEAST, DEEPEST] = [0.8, 60]; // times as large as the whole map
const STEP = 1.5; // of a zoom by key or button
const MOST_NAMES = 80;
const LONGEST_NAME = 34; // characters
const NAME_HEIGHT = 24; // CSS pixels, with what is left free around it
const SMALL = 30; // CSS pixels from a topic's middle: its name stands above, not upon it
const AT_ONCE = 100; // texts asked for around the pointer
const FLIGHT = 350; // ms
const TAP = 4; // CSS pixels that a click may wander

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");

async function start(map) {
  const said = map.querySelector(".map-said");
  const data = await fetch(map.dataset.points)
    .then((answer) => answer.json())
    .then(unpacked)
    .catch(() => null);
  said.classList.remove("loading");
  said.textContent = data ? "" : "The map could not be loaded. Load the page again to try once more.";
  if (data) show(map, data, said);
}

function unpacked({ ids, x, y, topic, topics, colours }) {
  let id = 0;
  const data = { ids: ids.map((more) => (id += more)), x, y, topic, topics, colours };
  data.group = topic.map((place) => (place < 0 ? -1 : topics[place].group));
  data.cells = Array.from({ length: CELLS * CELLS }, () => []);
  for (const place of ids.keys()) data.cells[cellAt(x[place], y[place])].push(place);
  const members = topics.map(() => []);
  for (const [place, of] of topic.entries()) if (of >= 0) members[of].push(place);
  for (const [of, each] of topics.entries()) Object.assign(each, middle(data, members[of]));
  data.bySize = [...topics.keys()].sort((one, other) => topics[other].texts - topics[one].texts);
  return data;
}

const along = (value) => clamp(Math.floor(value / CELL), 0, CELLS - 1);
const cellAt = (x, y) => along(y) * CELLS + along(x);

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

function show(map, data, said) {
  const stage = map.querySelector(".map-stage");
  const [below, above] = map.querySelectorAll("canvas");
  const tip = map.querySelector(".map-tip");
  const legends = map.querySelectorAll("[data-group]");
  const groupOf = (legend) => Number(legend.dataset.group);
  const lassoButton = map.querySelector("[data-do=lasso]");
  const whole = frame(data);
  const view = { x: whole.x, y: whole.y, scale: 1 };
  const texts = new Map(); // by place: what the server said of it, or that it was asked
  const pointers = new Map();
  let width = 0;
  let height = 0;
  let paint = null; // the sprites of the points
  let names = []; // as drawn last
  let lit = -1; // the group that alone is in colour
  let pressed = -1; // the one whose button is pressed
  let over = -1; // the point under the pointer
  let line = []; // around what is chosen, on the grid
  let choosing = false;
  let gesture = null;
  let flight = 0;
  let frameDue = false;
  let pointsDue = false;
  let asking = 0;

  // What is drawn, at most once in a frame.

  function redraw(points = true) {
    pointsDue ||= points;
    if (frameDue) return;
    frameDue = true;
    requestAnimationFrame(() => {
      frameDue = false;
      if (pointsDue) drawPoints();
      pointsDue = false;
      drawNames();
    });
  }

  const fit = () => Math.min((width - 48) / whole.width, (height - 48) / whole.height);
  const toScreen = (x, y) => [(x - view.x) * view.scale + width / 2, (y - view.y) * view.scale + height / 2];
  const toGrid = (x, y) => [(x - width / 2) / view.scale + view.x, (y - height / 2) / view.scale + view.y];

  function resize() {
    if (!stage.clientWidth || !stage.clientHeight) return;
    const before = fit();
    const deep = width ? view.scale / before : 1;
    const ratio = Math.min(devicePixelRatio, 2);
    ({ clientWidth: width, clientHeight: height } = stage);
    for (const canvas of [below, above]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    view.scale = fit() * deep;
    above.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    paint = null;
    redraw();
  }

  function drawPoints() {
    const context = below.getContext("2d", { willReadFrequently: true });
    const ratio = below.width / width;
    const radius = Math.round(ratio * pointRadius(data.ids.length, view.scale / fit()) * 2) / 2;
    if (paint?.radius !== radius || paint.lit !== lit) {
      paint = { ...palette(map, data, lit, radius, below), image: paint?.image, radius, lit };
    }
    paint.image ??= context.createImageData(below.width, below.height);
    const pixels = new Uint32Array(paint.image.data.buffer);
    pixels.fill(0);
    const [edge, scale] = [Math.ceil(radius), view.scale * ratio];
    const [left, top] = [below.width / 2 - view.x * scale, below.height / 2 - view.y * scale];
    const [right, bottom] = [below.width - edge, below.height - edge];
    for (const faint of [true, false]) {
      for (let place = 0; place < data.x.length; place++) {
        const sprite = paint.sprites[data.group[place] + 1];
        if (sprite.faint !== faint) continue;
        const x = Math.round(data.x[place] * scale + left);
        const y = Math.round(data.y[place] * scale + top);
        if (x < edge || y < edge || x >= right || y >= bottom) continue;
        const at = y * below.width + x;
        for (let dot = 0; dot < sprite.colours.length; dot++) {
          pixels[at + paint.offsets[dot]] = sprite.colours[dot];
        }
      }
    }
    context.putImageData(paint.image, 0, 0);
  }

  function drawNames() {
    const context = above.getContext("2d");
    const style = getComputedStyle(map);
    context.clearRect(0, 0, width, height);
    context.font = `600 12px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = style.getPropertyValue("--surface");
    context.fillStyle = style.getPropertyValue("--ink");
    names = placedNames(context);
    for (const { x, y, name } of names) {
      context.strokeText(name, x, y);
      context.fillText(name, x, y);
    }
    context.strokeStyle = context.fillStyle;
    context.lineWidth = 2;
    if (over >= 0) {
      context.beginPath();
      context.arc(...toScreen(data.x[over], data.y[over]), 7, 0, 2 * Math.PI);
      context.stroke();
    }
    if (line.length) {
      context.setLineDash(gesture?.line ? [4, 4] : []);
      context.beginPath();
      for (const [x, y] of line) context.lineTo(...toScreen(x, y));
      context.closePath();
      context.stroke();
      context.setLineDash([]);
    }
  }

  // The larger topics' names first, each where it covers none before it; of the topic pointed at, always.
  function placedNames(context) {
    const placed = [];
    const first = over >= 0 && data.topic[over] >= 0 ? [data.topic[over]] : [];
    for (const of of new Set([...first, ...data.bySize])) {
      const topic = data.topics[of];
      if (lit >= 0 && topic.group !== lit) continue;
      const [x, centre] = toScreen(topic.x, topic.y);
      const y = topic.reach * view.scale < SMALL ? centre - NAME_HEIGHT / 2 : centre;
      if (x < 0 || y < 0 || x > width || y > height) continue;
      topic.short ??= shortened(topic.name);
      topic.half ??= context.measureText(topic.short).width / 2 + 6;
      const inside = clamp(x, topic.half, Math.max(width - topic.half, topic.half));
      const box = { x: inside, y: clamp(y, 12, height - 12), half: topic.half, name: topic.short, of };
      if (placed.some((other) => overlap(box, other))) continue;
      placed.push(box);
      if (placed.length === MOST_NAMES) break;
    }
    return placed;
  }

  // Moving about.

  function keepInside() {
    view.scale = clamp(view.scale, LEAST * fit(), DEEPEST * fit());
    view.x = clamp(view.x, whole.x - whole.width / 2, whole.x + whole.width / 2);
    view.y = clamp(view.y, whole.y - whole.height / 2, whole.y + whole.height / 2);
    redraw();
  }

  function zoomAt(x, y, factor) {
    cancelAnimationFrame(flight);
    const [gx, gy] = toGrid(x, y);
    view.scale = clamp(view.scale * factor, LEAST * fit(), DEEPEST * fit());
    view.x = gx - (x - width / 2) / view.scale;
    view.y = gy - (y - height / 2) / view.scale;
    keepInside();
  }

  function fly(x, y, scale) {
    cancelAnimationFrame(flight);
    hideTip();
    const from = { ...view };
    const began = performance.now();
    const step = (now) => {
      const part = still.matches ? 1 : clamp((now - began) / FLIGHT, 0, 1);
      const eased = part * (2 - part);
      view.scale = from.scale * (scale / from.scale) ** eased;
      view.x = from.x + (x - from.x) * eased;
      view.y = from.y + (y - from.y) * eased;
      keepInside();
      if (part < 1) flight = requestAnimationFrame(step);
    };
    step(began);
  }

  const flyBy = (factor) => fly(view.x, view.y, clamp(view.scale * factor, LEAST * fit(), DEEPEST * fit()));

  // By parts of the stage.
  function pan(right, down) {
    fly(...toGrid(width * (0.5 + right), height * (0.5 + down)), view.scale);
  }

  function flyHome() {
    said.textContent = "";
    fly(whole.x, whole.y, fit());
  }

  function flyTo(id) {
    const topic = data.topics.find((each) => each.id === id);
    if (!topic) return;
    const scale = Math.min(width, height) / 5 / Math.max(topic.reach, 60);
    fly(topic.x, topic.y, clamp(scale, fit(), fit() * 12));
    said.textContent = `${topic.name}: ${counted(topic.texts, "text")}`;
    stage.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
  }

  // Pointing at a text.

  function pointNear(x, y) {
    const [gx, gy] = toGrid(x, y);
    let best = -1;
    let least = (NEAR / view.scale) ** 2;
    for (const place of placesAround(gx, gy, NEAR / view.scale)) {
      const far = (data.x[place] - gx) ** 2 + (data.y[place] - gy) ** 2;
      const shown = lit < 0 || data.group[place] === lit;
      if (far < least && shown) [best, least] = [place, far];
    }
    return best;
  }

  function* placesAround(x, y, reach) {
    for (let row = along(y - reach); row <= along(y + reach); row++) {
      for (let column = along(x - reach); column <= along(x + reach); column++) {
        yield* data.cells[row * CELLS + column];
      }
    }
  }

  function nameAt(x, y) {
    const found = names.find((each) => Math.abs(each.x - x) < each.half && Math.abs(each.y - y) < 10);
    return found ? found.of : -1;
  }

  function pointAt(x, y) {
    const name = nameAt(x, y);
    const place = name < 0 ? pointNear(x, y) : -1;
    stage.classList.toggle("over", name >= 0 || (place >= 0 && data.topic[place] >= 0));
    if (place === over) return;
    over = place;
    if (place < 0) tip.hidden = true;
    else tell(place);
    redraw(false);
  }

  function hideTip() {
    over = -1;
    tip.hidden = true;
    tip.classList.remove("kept");
  }

  function tell(place) {
    const known = texts.get(place);
    tip.replaceChildren(...(known ? told(known) : ["…"]));
    tip.hidden = false;
    const [x, y] = toScreen(data.x[place], data.y[place]);
    const { offsetWidth: w, offsetHeight: h } = tip;
    const left = clamp(x - w / 2, 8, Math.max(width - w - 8, 8));
    const top = y + 16 + h > height && y > h + 16 ? y - h - 14 : y + 14;
    tip.style.transform = `translate(${left}px, ${top}px)`;
    if (known === undefined) {
      clearTimeout(asking);
      asking = setTimeout(() => ask(place), 60);
    }
  }

  function told({ text, topic, topic_id: id, similarity, occurrences }) {
    const words = document.createElement("span");
    words.textContent = text || "This text has been deleted.";
    if (!text) return [words];
    const facts = document.createElement("span");
    facts.className = "muted";
    const link = document.createElement(id ? "a" : "span");
    link.textContent = id ? topic : "Outlier";
    if (id) link.href = topicAddress(id);
    const parts = [` · similarity ${similarity?.toFixed(2) ?? "–"}`];
    if (occurrences > 1) parts.push(` · ${counted(occurrences, "message")}`);
    facts.append(link, ...parts);
    return [words, facts];
  }

  // The text itself, and those around it that the pointer may come to next.
  async function ask(place) {
    const [x, y] = [data.x[place], data.y[place]];
    const far = (other) => (data.x[other] - x) ** 2 + (data.y[other] - y) ** 2;
    const unknown = [...placesAround(x, y, CELL / 2)].filter((other) => !texts.has(other));
    const asked = unknown.sort((one, other) => far(one) - far(other)).slice(0, AT_ONCE);
    for (const other of asked) texts.set(other, null);
    try {
      const answer = await fetch(`${map.dataset.texts}&ids=${asked.map((other) => data.ids[other])}`);
      const found = new Map((await answer.json()).texts.map((text) => [text.id, text]));
      for (const other of asked) texts.set(other, found.get(data.ids[other]) ?? { text: "" });
    } catch {
      for (const other of asked) texts.delete(other);
    }
    if (over >= 0) tell(over);
  }

  const topicAddress = (id) => map.dataset.topicPage.replace(/0\/$/, `${id}/`);

  function open(x, y, kind) {
    const name = nameAt(x, y);
    const place = name < 0 ? pointNear(x, y) : -1;
    const of = name < 0 && place >= 0 ? data.topic[place] : name;
    if (kind !== "mouse" && place >= 0) {
      pointAt(x, y);
      tip.classList.add("kept"); // with its link: a finger cannot hover
    } else if (of >= 0) {
      location.assign(topicAddress(data.topics[of].id));
    } else {
      hideTip();
      redraw(false);
    }
  }

  // Putting a line around texts.

  function choose(on) {
    choosing = on;
    lassoButton.setAttribute("aria-pressed", on);
    stage.classList.toggle("choosing", on);
  }

  async function listChosen() {
    choose(false);
    const ids = data.ids.filter((_, place) => isInside(line, data.x[place], data.y[place]));
    const list = document.getElementById("map-chosen");
    const values = { field: map.dataset.field, ids: ids.join(",") };
    await htmx.ajax("POST", map.dataset.chosen, { source: list, target: list, values });
    list.querySelector("h2")?.focus({ preventScroll: true });
    list.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
  }

  function forget() {
    line = [];
    choose(false);
    document.getElementById("map-chosen").replaceChildren();
    redraw(false);
  }

  // What people do.

  const spot = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  above.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    above.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, spot(event));
    cancelAnimationFrame(flight);
    hideTip();
    gesture = { from: spot(event), moved: pointers.size > 1, line: choosing || event.shiftKey };
    if (gesture.line) line = [toGrid(...gesture.from)];
    redraw(false);
  });

  above.addEventListener("pointermove", (event) => {
    const [x, y] = spot(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse" && !choosing) pointAt(x, y);
      return;
    }
    if (Math.hypot(x - gesture.from[0], y - gesture.from[1]) > TAP) gesture.moved = true;
    if (!gesture.moved) return;
    pointers.set(event.pointerId, [x, y]);
    if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const apart = (at) => Math.max(Math.hypot(at[0] - other[0], at[1] - other[1]), 1);
      zoomAt((x + other[0]) / 2, (y + other[1]) / 2, apart([x, y]) / apart(before));
    } else if (gesture.line) {
      line.push(toGrid(x, y));
      redraw(false);
    } else {
      stage.classList.add("moving");
      view.x -= (x - before[0]) / view.scale;
      view.y -= (y - before[1]) / view.scale;
      keepInside();
    }
  });

  above.addEventListener("pointerup", (event) => {
    const done = gesture;
    release(event);
    if (!done || pointers.size) return;
    if (!done.moved) open(...spot(event), event.pointerType);
    else if (done.line && line.length > 2) listChosen();
    redraw(false);
  });

  function release(event) {
    pointers.delete(event.pointerId);
    stage.classList.remove("moving");
    if (!pointers.size) gesture = null;
  }

  above.addEventListener("pointercancel", release);
  above.addEventListener("pointerleave", () => {
    if (tip.classList.contains("kept")) return;
    hideTip();
    redraw(false);
  });

  above.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      hideTip();
      const pixels = event.deltaY * (event.deltaMode ? 30 : 1);
      zoomAt(...spot(event), Math.exp(-clamp(pixels, -240, 240) / 400));
    },
    { passive: false },
  );

  const keys = {
    "+": () => flyBy(STEP),
    "=": () => flyBy(STEP),
    "-": () => flyBy(1 / STEP),
    0: flyHome,
    ArrowLeft: () => pan(-0.2, 0),
    ArrowRight: () => pan(0.2, 0),
    ArrowUp: () => pan(0, -0.2),
    ArrowDown: () => pan(0, 0.2),
    Escape: forget,
  };

  above.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });

  const buttons = {
    in: () => flyBy(STEP),
    out: () => flyBy(1 / STEP),
    whole: flyHome,
    lasso: () => choose(!choosing),
  };

  map.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) buttons[button.dataset.do]();
    const legend = event.target.closest("[data-group]");
    if (!legend) return;
    pressed = pressed === groupOf(legend) ? -1 : groupOf(legend);
    for (const each of legends) each.setAttribute("aria-pressed", groupOf(each) === pressed);
    light(pressed);
  });

  function light(group) {
    if (lit === group) return;
    lit = group;
    redraw();
  }

  for (const legend of legends) {
    const show = () => light(groupOf(legend));
    const leave = () => light(pressed);
    for (const kind of ["pointerenter", "focus"]) legend.addEventListener(kind, show);
    for (const kind of ["pointerleave", "blur"]) legend.addEventListener(kind, leave);
  }

  document.getElementById("map-topics").addEventListener("click", (event) => {
    const button = event.target.closest("[data-topic]");
    if (button) flyTo(Number(button.dataset.topic));
  });

  dark.addEventListener("change", () => {
    paint = null;
    redraw();
  });
  new ResizeObserver(resize).observe(stage);
  resize();
  map.querySelector(".actions").hidden = false;
  map.dataset.ready = "";
  const asked = new URLSearchParams(location.search).get("topic");
  if (asked) flyTo(Number(asked));
}

// The smallest frame around all points.
function frame({ x, y }) {
  const least = (values) => values.reduce((one, other) => Math.min(one, other), SIDE);
  const most = (values) => values.reduce((one, other) => Math.max(one, other), 0);
  const [left, right, top, bottom] = [least(x), most(x), least(y), most(y)];
  const [width, height] = [Math.max(right - left, 1), Math.max(bottom - top, 1)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, width, height };
}

function shortened(name) {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1).trimEnd()}…` : name;
}

function overlap(one, other) {
  const beside = Math.abs(one.x - other.x) < one.half + other.half;
  return beside && Math.abs(one.y - other.y) < NAME_HEIGHT;
}

const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

// CSS pixels: smaller where there are many, larger the nearer one looks.
function pointRadius(count, deep) {
  return clamp(6 - Math.log10(count + 1), 1.5, 5) + clamp(Math.log2(Math.max(deep, 1)) * 0.6, 0, 3);
}

// What a point of each group is painted with, outliers first: the colours of its pixels, which
// fade into the surface at the rim, and where they are from its middle.
function palette(map, { colours }, lit, radius, { width }) {
  const style = getComputedStyle(map);
  const channel = (name, at) => parseInt(style.getPropertyValue(name).trim().slice(at, at + 2), 16);
  const colour = (name) => [1, 3, 5].map((at) => channel(name, at));
  const between = (one, other, part) => Math.round(one * part + other * (1 - part));
  const mixed = (one, other, part) => one.map((value, at) => between(value, other[at], part));
  const abgr = ([red, green, blue]) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  const surface = colour("--surface");
  const disc = discOf(radius);
  const sprites = [-1, ...colours.keys()].map((group) => {
    const faint = group < 0 || (lit >= 0 && group !== lit);
    const full = mixed(colour(`--map-${group < 0 ? 0 : colours[group]}`), surface, faint ? 0.3 : 1);
    return { faint, colours: Uint32Array.from(disc, ({ part }) => abgr(mixed(full, surface, part))) };
  });
  return { sprites, offsets: Int32Array.from(disc, ({ dx, dy }) => dy * width + dx) };
}

function discOf(radius) {
  const pixels = [];
  const edge = Math.ceil(radius);
  for (let dy = -edge; dy <= edge; dy++) {
    for (let dx = -edge; dx <= edge; dx++) {
      const part = clamp(radius + 0.5 - Math.hypot(dx, dy), 0, 1);
      if (part > 0.1) pixels.push({ dx, dy, part });
    }
  }
  return pixels;
}

// By the rule of even and odd crossings.
function isInside(line, x, y) {
  let inside = false;
  for (let at = 0, before = line.length - 1; at < line.length; before = at++) {
    const [[ax, ay], [bx, by]] = [line[at], line[before]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

htmx.onLoad((part) => {
  for (const map of part.querySelectorAll(".map")) start(map);
});
