// The page is whole without this. It only says when the page is old by the reader's own clock: a publisher that has
// stopped cannot say so itself. One that stopped in good order has said so already.
"use strict";
(() => {
  const root = document.documentElement;
  const warning = document.getElementById("old");
  const stopped = document.getElementById("stopped");
  const validUntil = Date.parse(root.dataset.validUntil || "");
  if (!warning || !stopped || !stopped.hidden || Number.isNaN(validUntil)) return;
  const check = () => {
    const isOld = Date.now() > validUntil;
    warning.hidden = !isOld;
    root.classList.toggle("is-old", isOld);
  };
  check();
  setInterval(check, 5000);
  // A page that comes back from the history or a sleeping tab must not show its old self until the next tick.
  addEventListener("pageshow", check);
  document.addEventListener("visibilitychange", check);
})();
