// What htmx leaves to the page when it swaps a part: a request that failed says so, a log-in that
// has ended leads to the log-in page, and neither the focus nor what was open is lost.

const POLLED = "[hx-trigger^=every]";
const CONTROL = "input:not([type=hidden]), select, textarea, button, a[href], summary";

let held = null; // the control that has the focus in the part that is about to be swapped
let unfolded = []; // whether each <details> of that part is open
let failed = ""; // the address of the request that the page last said had failed

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, pathInfo } = event.detail;
  if (pathInfo.responsePath?.startsWith("/login?")) {
    event.preventDefault();
    location.reload();
    return;
  }
  held = target.contains(document.activeElement) ? document.activeElement : null;
  unfolded = [...target.querySelectorAll("details")].map((each) => each.open);
});

document.addEventListener("htmx:afterSettle", ({ detail: { elt: part, requestConfig } }) => {
  if (requestConfig.elt.matches(POLLED)) unfold(part);
  if (!held || held.isConnected || document.activeElement !== document.body) return;
  const controls = [...part.querySelectorAll(CONTROL)];
  const asked = requestConfig.elt === held;
  const next = asked ? controls[0] : controls.find((each) => isSame(each, held));
  if (!next) part.tabIndex = -1;
  (next ?? part).focus({ preventScroll: !asked });
});

function unfold(part) {
  const folds = part.querySelectorAll("details");
  if (folds.length !== unfolded.length) return;
  for (const [place, each] of folds.entries()) each.open = unfolded[place];
}

function isSame(one, other) {
  const says = (control) => [control.tagName, control.textContent, control.href, control.name].join("\n");
  return says(one) === says(other);
}

function fail(words) {
  return ({ detail: { elt, xhr, pathInfo } }) => {
    failed = pathInfo.requestPath;
    for (const each of elt.closest("[hx-trigger^=load]")?.querySelectorAll(".loading") ?? []) {
      each.classList.remove("loading");
      each.textContent = "This could not be loaded.";
    }
    document.querySelector(".failed")?.remove();
    const notice = document.getElementById("failed").content.cloneNode(true);
    notice.querySelector("[data-words]").textContent = words(xhr);
    document.getElementById("main").prepend(notice);
  };
}

const refusal = ({ status }) =>
  status < 500
    ? `The server refused to change this page (${status}): perhaps you were logged out, or what it is about is gone.`
    : `The server could not answer (${status}), and this page may be out of date.`;

document.addEventListener("htmx:responseError", fail(refusal));
for (const kind of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, fail(() => "The server was not reached, and this page may be out of date."));
}
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.pathInfo.requestPath === failed) document.querySelector(".failed")?.remove();
});
