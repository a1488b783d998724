// The bar below the history: how many executions are ticked, and the way to compare them.
const [FEWEST, MOST] = [2, 4];
const bar = document.querySelector("[data-picked]");
const button = bar.querySelector("button");

const show = () => {
  const count = document.querySelectorAll('input[name="run"]:checked').length;
  bar.hidden = count === 0;
  button.disabled = count < FEWEST || count > MOST;
  bar.querySelector("[data-picked-said]").textContent =
    count < FEWEST ? "Tick one more to compare." : count > MOST ? `At most ${MOST} can be compared.` : `${count} ticked`;
};

document.addEventListener("change", (event) => {
  if (event.target.matches('input[name="run"]')) show();
});
document.addEventListener("htmx:afterSettle", show); // another filter shows other rows
window.addEventListener("pageshow", show); // what was ticked before going back still is
show();
