// A form that leaves the page is sent once, however often its button is pressed. htmx sees to its own forms.
const AGAIN_MS = 8_000; // no event tells that somebody stopped the page from loading

const free = (form) => {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(free, AGAIN_MS, form);
});

// Back may bring the page as it was left.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free));
