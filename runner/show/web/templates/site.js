"use strict";
const find = (what, where = document) => where.querySelector(what);
const all = (what, where = document) => [...where.querySelectorAll(what)];
// Without storage, as in a private window, nothing is kept.
const kept = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); return true; } catch { return false; } },
};

function theme() {
    const button = find(".theme");
    const root = document.documentElement;
    const show = (name) => { if (name) root.dataset.theme = name; };
    show(kept.get("theme"));
    button.hidden = false;
    button.addEventListener("click", () => {
        const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
        const next = (root.dataset.theme || system) === "dark" ? "light" : "dark";
        kept.set("theme", next);
        show(next);
    });
}

function search() {
    const form = find(".filters");
    if (!form) return;
    const cards = all(".cards li");
    const match = (card) => {
        const { demo, verdicts, needs } = card.dataset;
        const words = `${demo} ${(window.WORDS || {})[demo] || ""}`.split(" ");
        const asked = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
        return asked.every((part) => words.some((word) => word.includes(part)))
            && (!form.verdict.value || verdicts.split(" ").includes(form.verdict.value))
            && (!form.needs.value || needs.split(" ").includes(form.needs.value));
    };
    const update = () => {
        for (const card of cards) card.hidden = !match(card);
        for (const topic of all(".topic")) topic.hidden = !all("li:not([hidden])", topic).length;
        const count = cards.filter((card) => !card.hidden).length;
        find("output", form).textContent = `${count} of ${cards.length} demos`;
    };
    form.hidden = false;
    form.addEventListener("input", update);
    form.addEventListener("submit", (event) => event.preventDefault());
    update();
}

function resume() {
    const title = find(".demo h1, .break h1, .present h1");
    if (title) kept.set("last", JSON.stringify([location.pathname.split("/").pop(), document.title]));
    const place = find(".resume");
    const last = JSON.parse(kept.get("last") || "null");
    if (!place || !last || !/^\d\d(-\w+)?\.html$/.test(last[0])) return;
    const link = find("a", place);
    [link.href, link.textContent] = [last[0], last[1].replace(" · Cathay Shop", "")];
    place.hidden = false;
}

function openTarget() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const test = target && find("details.test", target);
    if (test && target.id.startsWith("test_")) test.open = true;
}

function timer() {
    const button = find(".timer");
    if (!button) return;
    let running = 0;
    button.hidden = false;
    button.addEventListener("click", () => {
        clearInterval(running);
        const end = Date.now() + 60_000;
        const tick = () => {
            const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
            button.textContent = left ? `${left} s left` : "The minute is over. Again?";
            if (!left) clearInterval(running);
        };
        running = setInterval(tick, 250);
        tick();
    });
}

function sortable() {
    for (const table of all("table.sortable")) {
        all("th", table).forEach((head, column) => {
            const button = document.createElement("button");
            button.type = "button";
            button.textContent = head.textContent;
            head.replaceChildren(button);
            button.addEventListener("click", () => {
                const down = head.getAttribute("aria-sort") === "ascending";
                for (const other of all("th", table)) other.removeAttribute("aria-sort");
                head.setAttribute("aria-sort", down ? "descending" : "ascending");
                const text = (row) => row.cells[column].textContent.replace(/^\W+/, "");
                const rows = [...table.tBodies[0].rows];
                rows.sort((a, b) => text(a).localeCompare(text(b)) * (down ? -1 : 1));
                table.tBodies[0].append(...rows);
            });
        });
    }
}

// The keys are those of the stage in the terminal.
function present() {
    const slides = all(".present .slide");
    if (!slides.length) return;
    document.body.classList.add("live");
    let now = 0;
    let notes = null;
    const began = Date.now();
    const show = (number) => {
        now = Math.min(Math.max(number, 0), slides.length - 1);
        slides.forEach((slide, place) => slide.classList.toggle("now", place === now));
        window.scrollTo(0, 0);
        changed();
    };
    const changed = () => {
        const open = slides[now].classList.contains("open");
        dispatchEvent(new CustomEvent("slide", {detail: {slide: now, open}}));
        tellNotes();
    };
    const forward = () => {
        const slide = slides[now];
        if (find(".hidden-until-key", slide) && !slide.classList.contains("open")) {
            slide.classList.add("open");
            find(".hidden-until-key", slide).scrollIntoView({block: "nearest"});
            changed();
        } else show(now + 1);
    };
    const tellNotes = () => {
        if (!notes || notes.closed) return;
        const told = all(".ending, .notes", slides[now]).map((part) => part.textContent).join("\n");
        const next = slides[now + 1] ? find("h1, h2", slides[now + 1]).textContent : "the end";
        find("pre", notes.document).textContent = `${told}\n\nNext: ${next}`;
    };
    const openNotes = () => {
        notes = window.open("", "notes", "width=640,height=480");
        if (!notes) return;
        notes.document.title = "Notes";
        notes.document.body.innerHTML = "<p></p><pre></pre>";
        find("pre", notes.document).style.cssText = "white-space:pre-wrap;font:1.3rem sans-serif";
        setInterval(() => {
            const seconds = Math.floor((Date.now() - began) / 1000);
            const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
            if (!notes.closed) find("p", notes.document).textContent = text;
        }, 500);
        tellNotes();
    };
    const keys = {
        " ": forward, Enter: forward, ArrowRight: forward, PageDown: forward,
        ArrowLeft: () => show(now - 1), PageUp: () => show(now - 1), b: () => show(now - 1),
        Home: () => show(0), End: () => show(slides.length - 1), w: openNotes,
        q: () => { location.href = find(".to-demo").href; },
    };
    document.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("a, button, input")) return;
        const digit = slides.findIndex((slide) => slide.dataset.label === event.key);
        if (digit > 0) show(digit);
        else if (Object.hasOwn(keys, event.key)) keys[event.key]();
        else return;
        event.preventDefault();
    });
    addEventListener("live", changed);
    show(0);
}

function shortcuts() {
    const way = find(".demo .to-present");
    document.addEventListener("keydown", (event) => {
        if (event.key === "p" && way && !event.ctrlKey && !event.metaKey && !event.target.closest("input")) {
            location.href = way.href;
        }
    });
}

theme();
search();
resume();
openTarget();
addEventListener("hashchange", openTarget);
timer();
sortable();
present();
shortcuts();
