// Read before the first paint, so that no page flashes in colours that its reader did not choose. What was chosen stays
// in the reader's browser: no cookie, and nobody is told.
"use strict";
(() => {
  const KEY = "uptally-scheme";
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.scheme === "dark" || (root.dataset.scheme === "auto" && prefersDark.matches);
  const show = (chosen) => {
    root.dataset.scheme = chosen === "light" || chosen === "dark" ? chosen : "auto";
    document.querySelector(".switch")?.setAttribute("aria-pressed", isDark());
  };
  const recall = () => {
    let chosen = root.dataset.scheme;
    try {
      chosen = localStorage.getItem(KEY);
    } catch {
      // Where nothing may be stored, a choice lasts for as long as its page.
    }
    show(chosen);
  };
  recall();
  addEventListener("DOMContentLoaded", recall);
  addEventListener("pageshow", recall);
  addEventListener("storage", recall);
  prefersDark.addEventListener("change", recall);
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".switch")) return;
    const isNowDark = !isDark();
    show(isNowDark ? "dark" : "light");
    try {
      // Who chooses what the system prefers follows the system again.
      if (isNowDark === prefersDark.matches) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, root.dataset.scheme);
    } catch {
      return;
    }
    recall();
  });
})();
