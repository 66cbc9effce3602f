// A table that is wider than its place scrolls: then the keyboard reaches it, under its caption.

const places = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth <= target.clientWidth) {
      target.removeAttribute("tabindex");
      continue;
    }
    target.tabIndex = 0;
    target.setAttribute("role", "group");
    target.setAttribute("aria-label", target.querySelector("caption")?.textContent ?? "Table");
  }
});

htmx.onLoad((part) => {
  for (const place of part.querySelectorAll(".table-wrap")) places.observe(place);
});
