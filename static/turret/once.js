// A second click on a button that sends a form does nothing while the first is on its way. Where a
// form was refused, the first field that is wrong has the focus, however far down it is.

const WAITS = 5000; // ms, after which whoever clicks means it again
const sent = new Map();

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (event.timeStamp - sent.get(form) < WAITS) event.preventDefault();
  else sent.set(form, event.timeStamp);
});

// Whoever comes back to the page may send it anew.
addEventListener("pageshow", () => sent.clear());

document.querySelector("[aria-invalid=true]")?.focus();
