// The map of a dimension. Texts are points in one canvas; names, the line around chosen texts and
// the ring around the one pointed at are in a second one, above.

import { list } from "./chosen.js";
import { load, placeNear } from "./data.js";
import { clamp, frame } from "./geometry.js";
import { listen } from "./gestures.js";
import { lightByLegend } from "./legend.js";
import { Names } from "./names.js";
import { Points } from "./points.js";
import { Tip } from "./tip.js";
import { Tour } from "./tour.js";
import { still, View } from "./view.js";

const NEAR = 12; // CSS pixels between the pointer and the point that it is at
const STEP = 1.5; // of a zoom by key or button
const PAN = 0.2; // of what is in sight, by key
const MOST_PIXELS = 2; // to a CSS pixel, along a side: more are not seen, and take time
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const dark = matchMedia("(prefers-color-scheme: dark)");

async function start(map) {
  const said = map.querySelector(".map-said");
  const data = await load(map.dataset.points).catch(() => null);
  said.classList.remove("loading");
  said.textContent = data ? "" : "The map could not be loaded. Load the page again to try once more.";
  if (data) show(map, data, said);
}

function show(map, data, said) {
  const stage = map.querySelector(".map-stage");
  const canvases = map.querySelectorAll("canvas");
  const [below, above] = canvases;
  const lassoButton = map.querySelector("[data-do=lasso]");
  const topicAddress = (id) => map.dataset.topicPage.replace(/0\/$/, `${id}/`);
  const view = new View(frame(data), () => redraw());
  const points = new Points(map, below, data);
  const names = new Names(map, above, data);
  const tip = new Tip(map.querySelector(".map-tip"), data, view, { url: map.dataset.texts, topicAddress });
  const scene = {
    lit: -1, // the group that alone is in colour
    over: -1, // the point under the pointer
    reached: -1, // the topic that a tour has come to
    line: [], // around what is chosen, on the grid
    isDrawing: false,
  };
  const tour = new Tour(data, view, scene, said);
  let choosing = false; // whether the next line is drawn without Shift
  let due = null; // what the next frame draws
  let density = 0; // pixels to a CSS pixel, along a side

  function redraw(withPoints = true) {
    if (!due) requestAnimationFrame(draw);
    due = { withPoints: withPoints || due?.withPoints };
  }

  function draw() {
    if (due.withPoints) points.draw(view, scene.lit);
    due = null;
    names.draw(view, scene);
    map.dataset.ready = "";
  }

  // A canvas is blank once its size is set: not to be done where nothing has changed.
  function resize() {
    const { clientWidth: width, clientHeight: height } = stage;
    const ratio = Math.min(devicePixelRatio, MOST_PIXELS);
    if (!width || !height) return;
    if (width === view.width && height === view.height && ratio === density) return;
    density = ratio;
    for (const canvas of canvases) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    above.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    repaint();
    view.resize(width, height);
  }

  function repaint() {
    points.forget();
    redraw();
  }

  // A window that goes to another screen keeps its size, and has other pixels.
  function watchPixels() {
    const same = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const follow = () => {
      resize();
      watchPixels();
    };
    same.addEventListener("change", follow, { once: true });
  }

  // Pointing at a text, and opening what is there.

  function what(x, y) {
    const name = names.at(x, y);
    if (name >= 0) return { of: name, place: -1 };
    const place = placeNear(data, ...view.toGrid(x, y), NEAR / view.scale, scene.lit);
    return { of: place < 0 ? -1 : data.topic[place], place };
  }

  function pointAt(x, y) {
    const { of, place } = what(x, y);
    stage.classList.toggle("over", of >= 0);
    if (place === scene.over) return;
    scene.over = place;
    if (place < 0) tip.hide();
    else tip.show(place);
    redraw(false);
  }

  function pointAway() {
    scene.over = -1;
    tip.hide();
    redraw(false);
  }

  const openTopic = (of) => location.assign(topicAddress(data.topics[of].id));

  function showTopic(id) {
    if (!tour.flyTo(id)) return;
    pointAway();
    stage.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
  }

  // Putting a line around texts.

  function choose(on) {
    choosing = on;
    lassoButton.setAttribute("aria-pressed", on);
    stage.classList.toggle("choosing", on);
  }

  function enclose() {
    choose(false);
    if (scene.line.length > 2) list(map, data, scene.line);
  }

  function forget() {
    scene.line = [];
    tour.end();
    choose(false);
    document.getElementById("map-chosen").replaceChildren();
  }

  // What people do.

  listen(above, {
    begin(x, y, withShift) {
      view.stop();
      pointAway();
      scene.isDrawing = choosing || withShift;
      if (scene.isDrawing) scene.line = [view.toGrid(x, y)];
      return scene.isDrawing;
    },
    hover: (x, y) => choosing || pointAt(x, y),
    leave: () => tip.isKept || pointAway(),
    tap(x, y, kind) {
      const { of, place } = what(x, y);
      if (kind !== "mouse" && place >= 0) {
        pointAt(x, y);
        tip.keep();
      } else if (of >= 0) {
        openTopic(of);
      }
    },
    drag(right, down) {
      stage.classList.add("moving");
      view.moveBy(right, down);
    },
    pinch: (x, y, factor) => view.zoomAt(x, y, factor),
    draw(x, y) {
      scene.line.push(view.toGrid(x, y));
      redraw(false);
    },
    enclose,
    end() {
      scene.isDrawing = false;
      stage.classList.remove("moving");
      redraw(false);
    },
    wheel(x, y, pixels) {
      pointAway();
      view.zoomAt(x, y, Math.exp(-clamp(pixels, -240, 240) / 400));
    },
  });

  const keys = {
    "+": () => view.flyBy(STEP),
    "=": () => view.flyBy(STEP),
    "-": () => view.flyBy(1 / STEP),
    0: () => tour.flyHome(),
    Enter: () => scene.reached < 0 || openTopic(scene.reached),
    Escape: forget,
  };

  above.addEventListener("keydown", (event) => {
    const { key, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || !(key in keys || key in WAYS)) return;
    event.preventDefault();
    pointAway();
    if (key in keys) keys[key]();
    else if (shiftKey) view.pan(...WAYS[key].map((way) => PAN * way));
    else tour.walk(WAYS[key]);
  });

  const buttons = {
    in: () => view.flyBy(STEP),
    out: () => view.flyBy(1 / STEP),
    whole: () => tour.flyHome(),
    lasso: () => choose(!choosing),
  };

  map.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do]");
    if (!button) return;
    pointAway();
    buttons[button.dataset.do]();
  });

  document.getElementById("map-topics").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-topic]");
    if (button) showTopic(Number(button.dataset.topic));
  });

  lightByLegend(map, (group) => {
    if (scene.lit === group) return;
    scene.lit = group;
    redraw();
  });
  dark.addEventListener("change", repaint);
  new ResizeObserver(resize).observe(stage);
  watchPixels();
  resize();
  map.querySelector(".actions").hidden = false;
  const asked = new URLSearchParams(location.search).get("topic");
  if (asked) showTopic(Number(asked));
}

htmx.onLoad((part) => {
  for (const map of part.querySelectorAll(".map")) start(map);
});
