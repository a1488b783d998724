// Runs before the page is painted. The choice is kept per browser: "dark", "light", or nothing for "as the system".
(() => {
  const KEY = "wireflow:theme";
  const ORDER = ["system", "dark", "light"];
  const chosen = () => {
    try {
      const kept = localStorage.getItem(KEY);
      return kept === "dark" || kept === "light" ? kept : "system";
    } catch {
      return "system"; // storage is switched off in this browser
    }
  };

  const apply = (theme) => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-button]")) {
      const icons = [...button.querySelectorAll("[data-theme-icon]")];
      const word = icons.find((icon) => icon.dataset.themeIcon === theme).dataset.word;
      button.title = word;
      button.querySelector("[data-theme-word]").textContent = word;
      for (const icon of icons) icon.hidden = icon.dataset.themeIcon !== theme;
    }
  };

  apply(chosen());
  document.addEventListener("DOMContentLoaded", () => apply(chosen()));
  addEventListener("storage", (event) => event.key === KEY && apply(chosen()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-button]")) return;
    const current = document.documentElement.dataset.theme ?? "system";
    const next = ORDER[(ORDER.indexOf(current) + 1) % ORDER.length];
    try {
      if (next === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, next);
    } catch {
      // kept for this page only
    }
    apply(next);
  });
})();
