// The search of the API reference: every word must stand somewhere in a call; what does not fit is hidden.
const box = document.querySelector("[data-search-box]");
const input = box.querySelector("input");
const nothing = document.querySelector("[data-nothing]");
const calls = [...document.querySelectorAll("[data-search]")];

const search = () => {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const call of calls) {
    const text = `${call.dataset.search} ${call.textContent.toLowerCase()}`;
    call.hidden = !words.every((word) => text.includes(word));
    found += call.hidden ? 0 : 1;
    document.querySelector(`[data-for="${call.id}"]`).hidden = call.hidden;
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector("[data-search]:not([hidden]), [data-for]:not([hidden])");
  }
  nothing.hidden = found > 0;
};

// A link to a refusal opens it.
const unfold = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
};

box.hidden = false;
input.addEventListener("input", search);
window.addEventListener("hashchange", unfold);
search();
unfold();
