// No page needs this.
"use strict";
// When the page is old by the reader's clock: one that was killed cannot say so.
((root) => {
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
  // A page that comes back must not look fresh.
  addEventListener("pageshow", check);
  document.addEventListener("visibilitychange", check);
})(document.documentElement);
// What the list of days says of the one under the pointer, to the millisecond.
((root) => {
  // The page writes days before months.
  const lang = root.lang.replace(/^en$/, "en-GB");
  const words = document.querySelector(".key")?.dataset;
  const yours = document.getElementById("yours");
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
    const found = noted.map((each) => each.split(",")).find(([at]) => +at === place) || [];
    const parts = ["down", "unseen", "upkeep"].flatMap((kind, at) =>
      found[at + 1] ? words[kind].replace("{lasted}", seconds(found[at + 1])) : [],
    );
    const clean = place < unwatched ? words.unwatched : words.clean;
    const name = day.toLocaleDateString(lang, { day: "numeric", month: "short", timeZone: "UTC" });
    tip.textContent = words.day.replace("{day}", name).replace("{said}", parts.join(", ") || clean);
    (svg.parentNode.querySelector(".axis") || svg).before(tip);
  };
  for (const kind of ["pointermove", "pointerdown"])
    document.addEventListener(kind, ({ target, clientX }) => {
      const svg = target.closest(".bars");
      if (words && svg?.dataset.d) say(svg, clientX);
      else tip.remove();
    });

  // What the reader's clock and UTC said. The text stays in the page's zone, as the bars of its days do.
  const own = document.createElement("p");
  own.className = "own";
  const written = (at, timeZone) => at.toLocaleString(lang, { dateStyle: "medium", timeStyle: "long", timeZone });
  document.addEventListener("pointerover", ({ target }) => {
    const time = target.closest("time[datetime*=T]");
    if (!time || !yours) return target !== own && own.remove();
    const at = new Date(time.dateTime);
    own.textContent = `${yours.dataset.said.replace("{moment}", written(at))}\n${written(at, "UTC")}`;
    document.body.append(own);
    const box = time.getClientRects()[0];
    const above = box.top - own.offsetHeight;
    own.style.top = `${above < 0 ? box.bottom : above}px`;
    own.style.left = `${Math.max(0, Math.min(box.left, root.clientWidth - own.offsetWidth - 1))}px`;
  });
  addEventListener("scroll", () => own.remove(), { passive: true });
  addEventListener("keydown", ({ key }) => key === "Escape" && own.remove());

  if (yours) {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    const offset = new Date().toLocaleString("en", { timeZoneName: "shortOffset" }).split("GMT")[1];
    const told = yours.lastChild;
    told.textContent = told.textContent.replace("{zone}", `${timeZone} (UTC${offset})`);
    yours.hidden = false;
  }
})(document.documentElement);
