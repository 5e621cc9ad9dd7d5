// The page is whole without this.
"use strict";
// It says when the page is old by the reader's own clock: a publisher that has stopped cannot say so itself. One that
// stopped in good order has said so already.
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
// It says of the day under the pointer what the days that are listed say, to the millisecond.
(() => {
  // The page writes days before months.
  const lang = document.documentElement.lang.replace(/^en$/, "en-GB");
  const words = document.querySelector(".key")?.dataset;
  const kinds = ["down", "unseen", "upkeep"];
  const seconds = (ms) => `${(ms / 1000).toLocaleString(lang, { minimumFractionDigits: 3 })} s`;
  const tip = document.createElement("p");
  tip.className = "tip mute";
  tip.setAttribute("aria-hidden", "true");
  const say = (svg, x) => {
    const [last, unwatched, ...noted] = svg.dataset.d.split(" ");
    const box = svg.getBoundingClientRect();
    const days = svg.viewBox.baseVal.width / 8;
    const place = Math.min(days - 1, Math.max(0, Math.floor(((x - box.left) / box.width) * days)));
    const day = new Date(Date.parse(last) - (days - 1 - place) * 864e5);
    const found = noted.map((each) => each.split(",").map(Number)).find((each) => each[0] === place);
    const parts = found ? found.slice(1).map((ms, kind) => ms && words[kinds[kind]].replace("{lasted}", seconds(ms))).filter(Boolean) : [];
    const clean = place < unwatched ? words.unwatched : words.clean;
    const name = day.toLocaleDateString(lang, { day: "numeric", month: "short", timeZone: "UTC" });
    tip.textContent = words.day.replace("{day}", name).replace("{said}", parts.join(", ") || clean);
    (svg.previousElementSibling?.matches(".axis") ? svg.previousElementSibling : svg).before(tip);
  };
  document.addEventListener("pointermove", (event) => {
    const svg = event.target.closest(".bars");
    if (words && svg && svg.dataset.d) say(svg, event.clientX);
    else tip.remove();
  });
})();
