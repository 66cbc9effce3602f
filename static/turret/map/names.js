// The names of topics, without overlap; the ring around the point that is pointed at, the frame
// around the topic that the keyboard has come to, and the line around chosen texts.

import { clamp } from "./geometry.js";

const MOST = 80;
const LONGEST = 34; // characters
const HEIGHT = 24; // CSS pixels, with what is left free around it
const SMALL = 30; // CSS pixels from a topic's middle: its name stands above, not upon it

export class Names {
  #placed = []; // as drawn last

  constructor(map, canvas, data) {
    this.map = map;
    this.context = canvas.getContext("2d");
    this.data = data;
  }

  // The topic whose name is drawn here, or -1.
  at(x, y) {
    const found = this.#placed.find((each) => Math.abs(each.x - x) < each.half && Math.abs(each.y - y) < 10);
    return found ? found.of : -1;
  }

  draw(view, scene) {
    const { context } = this;
    const style = getComputedStyle(this.map);
    const [surface, ink, accent] = ["--surface", "--ink", "--accent"].map((name) => style.getPropertyValue(name));
    context.clearRect(0, 0, view.width, view.height);
    context.font = `600 12px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.fillStyle = ink;
    this.#placed = this.#place(view, scene);
    for (const { x, y, half, name, of } of this.#placed) {
      context.lineWidth = 4;
      context.strokeStyle = surface;
      context.strokeText(name, x, y);
      context.fillText(name, x, y);
      if (of !== scene.reached) continue;
      context.lineWidth = 2;
      context.strokeStyle = accent;
      context.strokeRect(x - half, y - 10, 2 * half, 20);
    }
    context.lineWidth = 2;
    context.strokeStyle = ink;
    this.#drawRing(view, scene.over);
    this.#drawLine(view, scene);
  }

  #drawRing(view, over) {
    if (over < 0) return;
    this.context.beginPath();
    this.context.arc(...view.toScreen(this.data.x[over], this.data.y[over]), 7, 0, 2 * Math.PI);
    this.context.stroke();
  }

  #drawLine(view, { line, isDrawing }) {
    if (!line.length) return;
    const { context } = this;
    context.setLineDash(isDrawing ? [4, 4] : []);
    context.beginPath();
    for (const [x, y] of line) context.lineTo(...view.toScreen(x, y));
    context.closePath();
    context.stroke();
    context.setLineDash([]);
  }

  // The larger topics' names first, each where it covers none before it; of the topics that are
  // pointed at, or come to by keyboard, always.
  #place(view, { over, lit, reached }) {
    const { data, context } = this;
    const placed = [];
    const first = [reached, over < 0 ? -1 : data.topic[over]].filter((of) => of >= 0);
    for (const of of new Set([...first, ...data.bySize])) {
      const topic = data.topics[of];
      if (lit >= 0 && topic.group !== lit) continue;
      const [x, centre] = view.toScreen(topic.x, topic.y);
      const y = topic.reach * view.scale < SMALL ? centre - HEIGHT / 2 : centre;
      if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
      topic.short ??= shortened(topic.name);
      topic.half ??= context.measureText(topic.short).width / 2 + 6;
      const inside = clamp(x, topic.half, Math.max(view.width - topic.half, topic.half));
      const box = { x: inside, y: clamp(y, 12, view.height - 12), half: topic.half, name: topic.short, of };
      if (placed.some((other) => overlap(box, other))) continue;
      placed.push(box);
      if (placed.length === MOST) break;
    }
    return placed;
  }
}

function shortened(name) {
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1).trimEnd()}…` : name;
}

function overlap(one, other) {
  const beside = Math.abs(one.x - other.x) < one.half + other.half;
  return beside && Math.abs(one.y - other.y) < HEIGHT;
}
