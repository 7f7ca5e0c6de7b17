"use strict";
const cookieOf = (name) => (document.cookie.match(`(?:^|; )${name}=([^;]*)`) || [])[1] || "";
const place = document.querySelector(".follow");
const jury = document.querySelector(".jury");
const said = jury.querySelector("output");
const known = new Map();
let shown = "";

async function slides(page) {
    if (!known.has(page)) {
        const text = await (await fetch(`/${page}`)).text();
        const parsed = new DOMParser().parseFromString(text, "text/html");
        known.set(page, [...parsed.querySelectorAll(".slide")]);
    }
    return known.get(page);
}
new EventSource("/class/events/").onmessage = async (event) => {
    const state = JSON.parse(event.data);
    if (!state.page) return;
    const slide = (await slides(state.page))[state.slide];
    if (!slide) return;
    if (shown !== `${state.page} ${state.slide}`) {
        shown = `${state.page} ${state.slide}`;
        said.textContent = "";
        place.replaceChildren(document.importNode(slide, true));
    }
    const verdict = place.querySelector(".hidden-until-key");
    if (verdict) verdict.hidden = !state.open;
    jury.hidden = !verdict || state.open || !slide.dataset.label || slide.classList.contains("trap");
    if (state.votes && state.voted) {
        const counts = Object.entries(state.votes).map(([name, count]) => `${name} ${count}`);
        let tally = place.querySelector(".tally");
        if (!tally) place.append(tally = Object.assign(document.createElement("p"), {className: "tally"}));
        tally.textContent = `The class: ${counts.join(" · ")}`;
    }
};
for (const button of jury.querySelectorAll("button")) {
    button.addEventListener("click", async () => {
        const answer = await fetch("/class/vote/", {
            method: "POST",
            headers: {"X-CSRFToken": cookieOf("csrftoken")},
            body: new URLSearchParams({verdict: button.value}),
        });
        said.textContent = answer.ok ? `You say: ${button.value}.` : "It is too late for this one.";
    });
}
