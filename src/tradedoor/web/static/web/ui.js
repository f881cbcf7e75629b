/* The only hand-written script. Everything works without it; it only makes things nicer.
   Words come from data attributes, so that they are translated where the page is made. */
(() => {
  "use strict";
  const doc = document;
  const on = (name, run, options) => doc.addEventListener(name, run, options);
  const near = (e, selector) => (e.target instanceof Element ? e.target.closest(selector) : null);

  /* Menus: place an open popover next to its button (through the CSSOM, which a strict CSP allows). */
  const place = (menu, button) => {
    const gap = 4, edge = 8;
    const b = button.getBoundingClientRect();
    const w = menu.offsetWidth, h = menu.offsetHeight;
    let left = menu.dataset.align === "start" ? b.left : b.right - w;
    left = Math.max(edge, Math.min(left, innerWidth - w - edge));
    let top = b.bottom + gap;
    if (top + h > innerHeight - edge) top = Math.max(edge, b.top - h - gap);
    menu.style.left = `${left}px`;
    menu.style.top = `${top}px`;
  };
  const openerOf = (menu) => doc.querySelector(`[popovertarget="${menu.id}"]`);
  on("toggle", (e) => {
    const menu = e.target;
    if (!(menu instanceof HTMLElement) || !menu.matches(".menu")) return;
    const button = openerOf(menu);
    if (!button) return;
    const open = e.newState === "open";
    button.classList.toggle("is-open", open);
    if (open) { menu.dataset.placed = ""; place(menu, button); }
    else delete menu.dataset.placed;
  }, true);
  /* toggle may come late: placed before the first paint */
  on("beforetoggle", (e) => {
    const menu = e.target;
    if (e.newState !== "open" || !menu.matches?.(".menu")) return;
    menu.dataset.placed = "";
    requestAnimationFrame(follow);
  }, true);
  /* An open menu goes with its button, and closes once that has left the window. A button that was brought into view
     by the focus is pressed before the page has told of that scrolling: closing then would lose the press. */
  const follow = (e) => {
    const menu = doc.querySelector(".menu:popover-open");
    const button = menu && openerOf(menu);
    if (!button || (e?.target instanceof Node && menu.contains(e.target))) return;
    const b = button.getBoundingClientRect();
    if (b.bottom < 0 || b.top > innerHeight) menu.hidePopover();
    else place(menu, button);
  };
  addEventListener("scroll", follow, { capture: true, passive: true });
  addEventListener("resize", follow, { passive: true });
  on("keydown", (e) => {
    const menu = near(e, ".menu:popover-open");
    if (menu && ["ArrowDown", "ArrowUp", "Home", "End"].includes(e.key) && !near(e, "input, select, textarea")) {
      const items = [...menu.querySelectorAll(".menu__item:not([disabled])")];
      const i = items.indexOf(doc.activeElement);
      const next = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: items.length - 1 }[e.key];
      items.at(next % items.length)?.focus();
      e.preventDefault();
    }
    const opener = near(e, "[popovertarget]");
    if (opener && e.key === "ArrowDown") {
      const target = doc.getElementById(opener.getAttribute("popovertarget"));
      if (target?.matches(".menu")) { target.showPopover(); target.querySelector(".menu__item")?.focus(); e.preventDefault(); }
    }
    if (e.key === "/" && !near(e, "input, textarea, select, [contenteditable]") && !e.metaKey && !e.ctrlKey) {
      const box = doc.querySelector("[data-search]");
      if (box) { e.preventDefault(); box.focus(); }
    }
  });
  /* Palette: Ctrl K opens it, arrows walk through what was found, Enter takes the first. */
  on("keydown", (e) => {
    const palette = doc.getElementById("palette");
    if (!palette) return;
    const form = palette.querySelector("form"), box = palette.querySelector("input");
    if (e.key.toLowerCase() === "k" && (e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey) {
      e.preventDefault();
      if (palette.open) return palette.close();
      palette.showModal();
      box.select();
      form.dispatchEvent(new Event("palette-open"));
      return;
    }
    if (!near(e, "#palette")) return;
    const hits = [...palette.querySelectorAll("[data-hit]")];
    const i = hits.indexOf(doc.activeElement);
    if (e.key === "ArrowDown") { hits[Math.min(i + 1, hits.length - 1)]?.focus(); e.preventDefault(); }
    if (e.key === "ArrowUp") { (i > 0 ? hits[i - 1] : box).focus(); e.preventDefault(); }
    if (e.key === "Enter" && doc.activeElement === box && box.value.trim() && hits.length) { e.preventDefault(); hits[0].click(); }
  });

  /* Dialogs: buttons with commandfor work natively in new browsers; help the others. */
  if (!("command" in HTMLButtonElement.prototype)) {
    on("click", (e) => {
      const b = near(e, "button[commandfor]");
      if (!b) return;
      const d = doc.getElementById(b.getAttribute("commandfor"));
      if (b.getAttribute("command") === "show-modal") d?.showModal();
      if (b.getAttribute("command") === "close") d?.close();
    });
  }
  /* A press beside a dialog closes it, but asks first where something was typed. */
  on("input", (e) => { const d = near(e, "dialog:not(#palette)"); if (d) d.dataset.dirty = ""; });
  on("click", (e) => {
    const d = e.target;
    if (!(d instanceof HTMLDialogElement) || !d.open) return;
    if (!("dirty" in d.dataset) || confirm(d.dataset.ask || "")) { delete d.dataset.dirty; d.close(); }
  });
  /* The one shared dialog, filled by htmx: opens when its content has come. */
  on("htmx:afterSwap", (e) => {
    if (e.detail.target?.id !== "dialog-content") return;
    const d = e.detail.target.closest("dialog");
    delete d.dataset.dirty;
    if (!d.open) d.showModal();
    (d.querySelector("[autofocus]") || d.querySelector(".dialog__body :is(input:not([type=hidden]), select, textarea)") || d.querySelector("button"))?.focus();
  });
  on("dialog-close", () => { for (const d of doc.querySelectorAll("dialog[open]")) d.close(); });

  /* Selection: count, tri-state header box, shift-range. */
  let last = null;
  const sync = (index) => {
    const rows = [...index.querySelectorAll(".check[data-row]")];
    const n = rows.filter((c) => c.checked).length;
    const all = index.querySelector(".check[data-all]");
    if (all) { all.checked = n > 0 && n === rows.length; all.indeterminate = n > 0 && n < rows.length; }
    for (const out of index.querySelectorAll("[data-count]")) out.textContent = String(n);
    const every = index.querySelector("[data-everything]");
    if (every && n < rows.length) every.checked = false;
  };
  on("click", (e) => {
    const box = e.target;
    if (!(box instanceof HTMLInputElement) || !box.matches(".index .check")) return;
    const index = box.closest(".index");
    const rows = [...index.querySelectorAll(".check[data-row]")];
    if (box.matches("[data-all]")) for (const c of rows) c.checked = box.checked;
    else if (e.shiftKey && last && rows.includes(last)) {
      const [a, b] = [rows.indexOf(last), rows.indexOf(box)].sort((x, y) => x - y);
      for (const c of rows.slice(a, b + 1)) c.checked = box.checked;
    }
    if (box.matches("[data-row]")) last = box;
    sync(index);
  });
  on("change", (e) => {
    const every = near(e, "[data-everything]");
    if (!every?.checked) return;
    const index = every.closest(".index");
    for (const c of index.querySelectorAll(".check[data-row]")) c.checked = true;
    sync(index);
  });
  on("click", (e) => {
    const b = near(e, "[data-clear]");
    if (!b) return;
    const index = b.closest(".index");
    for (const c of index.querySelectorAll(".check, [data-everything]")) c.checked = false;
    sync(index);
    index.querySelector("[data-all]")?.focus();
  });

  /* Password: show and hide. */
  on("click", (e) => {
    const b = near(e, "[data-reveal]");
    if (!b) return;
    const input = doc.getElementById(b.getAttribute("aria-controls"));
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    b.textContent = show ? b.dataset.hide : b.dataset.show;
    b.setAttribute("aria-label", show ? b.dataset.hideLabel : b.dataset.showLabel);
  });

  /* Copy a value. */
  on("click", async (e) => {
    const b = near(e, "[data-copy]");
    if (!b) return;
    const source = doc.getElementById(b.dataset.copy);
    source.select?.();
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    say(b.dataset.done);
  });

  /* Picker: filter what is shown, and count what is picked. */
  on("input", (e) => {
    const box = near(e, "[data-filter]");
    if (!box) return;
    const q = box.value.trim().toLowerCase();
    for (const row of doc.querySelectorAll(`#${box.dataset.filter} .picker__row`)) row.hidden = q !== "" && !row.textContent.toLowerCase().includes(q);
  });
  on("change", (e) => {
    const list = near(e, ".picker");
    if (!list) return;
    const n = list.querySelectorAll("input[type=checkbox]:checked").length;
    for (const out of doc.querySelectorAll("[data-picked]")) out.textContent = String(n);
  });

  /* Forms: one press sends once; a save bar shows once there is something to save. */
  on("submit", (e) => {
    const form = e.target;
    if (form.method !== "post" || e.defaultPrevented) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 3000);
  });
  on("input", (e) => {
    const bar = e.target.form?.querySelector("[data-savebar]");
    if (bar) delete bar.dataset.quiet;
  });

  /* Toasts leave by themselves, but never while a person is on them. */
  const say = (text) => { const out = doc.getElementById("announce"); if (out && text) out.textContent = text; };
  const arm = (t) => {
    if (t.dataset.armed) return;
    t.dataset.armed = "1";
    let timer;
    const start = () => { clearTimeout(timer); timer = setTimeout(() => t.remove(), 8000); };
    t.addEventListener("pointerenter", () => clearTimeout(timer));
    t.addEventListener("focusin", () => clearTimeout(timer));
    t.addEventListener("pointerleave", start);
    t.addEventListener("focusout", start);
    start();
  };
  on("click", (e) => near(e, "[data-dismiss]")?.closest("[data-toast]")?.remove());
  /* HX-Trigger: {"toast": {"text": "…", "undo": "/…/"}} */
  on("toast", (e) => {
    const mould = doc.getElementById("toast-mould");
    if (!mould) return;
    const t = mould.content.firstElementChild.cloneNode(true);
    t.querySelector("[data-text]").textContent = e.detail.text;
    const undo = t.querySelector("[data-undo]");
    if (e.detail.undo) undo.setAttribute("formaction", e.detail.undo); else undo.remove();
    doc.querySelector(".toasts").append(t);
    arm(t);
  });

  /* Whatever came new, at the start or by htmx. */
  let quarter = "";
  const dress = (root) => {
    for (const b of root.querySelectorAll("[data-reveal], [data-copy]")) b.hidden = false;
    for (const bar of root.querySelectorAll("[data-savebar]")) if (!bar.closest("form")?.querySelector(".errors")) bar.dataset.quiet = "";
    for (const index of root.querySelectorAll(".index")) if (index.querySelector("[data-row]")) sync(index);
    root.querySelectorAll("[data-toast]").forEach(arm);
    const job = doc.querySelector("[data-quarter]");
    if (job && job.dataset.quarter !== quarter) { quarter = job.dataset.quarter; say(job.textContent.replace(/\s+/g, " ").trim()); }
  };
  dress(doc);
  on("htmx:afterSettle", (e) => {
    dress(e.detail.elt.parentNode || doc);
    const index = e.detail.elt.closest?.(".index");
    if (index) sync(index);
    e.detail.elt.querySelector?.(".errors")?.focus();
  });

  /* Failures: say so, and offer to try again. */
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) on(name, () => {
    const bar = doc.getElementById("trouble");
    if (bar) bar.hidden = false;
  });
})();
