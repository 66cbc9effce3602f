// What mouse, fingers and pen do on a map, told as what is meant: places are in CSS pixels.

const TAP = 4; // CSS pixels that a click may wander

// Calls of `meant`: begin(x, y, withShift), which answers whether a line is drawn; hover(x, y),
// leave(), tap(x, y, kind), drag(right, down), pinch(x, y, factor), draw(x, y), enclose(), end()
// and wheel(x, y, pixels).
export function listen(surface, meant) {
  const pointers = new Map(); // by id: where they are
  let gesture = null;

  const spot = (event) => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  surface.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    surface.setPointerCapture(event.pointerId);
    const from = spot(event);
    pointers.set(event.pointerId, from);
    const isOne = pointers.size === 1;
    gesture = { from, moved: !isOne, isLine: isOne && meant.begin(...from, event.shiftKey) };
  });

  surface.addEventListener("pointermove", (event) => {
    const [x, y] = spot(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") meant.hover(x, y);
      return;
    }
    gesture.moved ||= Math.hypot(x - gesture.from[0], y - gesture.from[1]) > TAP;
    if (!gesture.moved) return;
    pointers.set(event.pointerId, [x, y]);
    if (pointers.size > 1) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const apart = (at) => Math.max(Math.hypot(at[0] - other[0], at[1] - other[1]), 1);
      meant.drag((x - before[0]) / 2, (y - before[1]) / 2);
      meant.pinch((x + other[0]) / 2, (y + other[1]) / 2, apart([x, y]) / apart(before));
    } else if (gesture.isLine) {
      meant.draw(x, y);
    } else {
      meant.drag(x - before[0], y - before[1]);
    }
  });

  surface.addEventListener("pointerup", (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size) return;
    meant.end();
    if (!gesture.moved) meant.tap(...spot(event), event.pointerType);
    else if (gesture.isLine) meant.enclose();
  });

  surface.addEventListener("pointercancel", (event) => {
    pointers.delete(event.pointerId);
    meant.end();
  });

  surface.addEventListener("pointerleave", meant.leave);

  surface.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      meant.wheel(...spot(event), event.deltaY * (event.deltaMode ? 30 : 1));
    },
    { passive: false },
  );
}
