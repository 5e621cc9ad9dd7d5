// Read before the first paint, so that no page flashes in colours that nobody chose.
"use strict";
((root, prefersDark) => {
  const KEY = "uptally-scheme";
  let chosen;
  const isDark = () => (chosen ? chosen === "dark" : prefersDark.matches);
  const recall = () => {
    try {
      chosen = localStorage.getItem(KEY);
    } catch {} // Without storage a choice lasts as long as its page.
    root.dataset.scheme = chosen || "auto";
  };
  recall();
  for (const each of ["pageshow", "storage"]) addEventListener(each, recall);
  document.addEventListener("click", ({ target }) => {
    if (!target.closest(".switch")) return;
    chosen = isDark() ? "light" : "dark";
    try {
      // Who chooses what the system prefers follows the system again.
      if (isDark() === prefersDark.matches) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, chosen);
    } catch {}
    recall();
  });
})(document.documentElement, matchMedia("(prefers-color-scheme: dark)"));
