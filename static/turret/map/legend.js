// A colour of the legend shows its group alone: while it is pointed at, or from one click to the
// next. `light` is called with the group, or with -1 for all.
export function lightByLegend(map, light) {
  const legends = map.querySelectorAll("[data-group]");
  let pressed = -1;
  for (const legend of legends) {
    const group = Number(legend.dataset.group);
    for (const kind of ["pointerenter", "focus"]) legend.addEventListener(kind, () => light(group));
    for (const kind of ["pointerleave", "blur"]) legend.addEventListener(kind, () => light(pressed));
    legend.addEventListener("click", () => {
      pressed = pressed === group ? -1 : group;
      for (const each of legends) each.setAttribute("aria-pressed", each === legend && pressed === group);
      light(pressed);
    });
  }
}
