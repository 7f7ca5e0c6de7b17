"use strict";
const cookie = (name) => (document.cookie.match(`(?:^|; )${name}=([^;]*)`) || [])[1] || "";
const post = (url, body) => fetch(url, {
    method: "POST", body, credentials: "same-origin", headers: {"X-CSRFToken": cookie("csrftoken")},
});

// A demo that is recorded tells how far it is; then its page takes the place of this one.
const waiting = document.querySelector(".waiting");
if (waiting) {
    const events = new EventSource(`/live/jobs/${waiting.dataset.job}/`);
    let [seen, total] = [0, "?"];
    events.addEventListener("total", (event) => { total = event.data; });
    events.addEventListener("scene", () => {
        seen += 1;
        waiting.textContent = `The demo is played and recorded: ${seen} of ${total} scenes.`;
    });
    events.addEventListener("end", () => { events.close(); location.reload(); });
    events.onerror = () => { // only the presenter may look at a run
        events.close();
        setTimeout(() => location.reload(), 1000);
    };
}

// Run, break: each scene comes into the page as it ends.
for (const place of document.querySelectorAll(".live[data-demo]")) {
    const {demo, mutation} = place.dataset;
    const [status, played] = [place.querySelector("output"), place.querySelector(".played")];
    const button = place.querySelector(".run");
    button.addEventListener("click", async () => {
        button.disabled = true;
        played.replaceChildren();
        status.textContent = "It waits for its turn.";
        const answer = await post(mutation ? `/live/break/${demo}/${mutation}/` : `/live/run/${demo}/`);
        if (!answer.ok) {
            status.textContent = await answer.text();
            button.disabled = false;
            return;
        }
        const events = new EventSource(`/live/jobs/${(await answer.json()).job}/`);
        let [seen, total] = [0, "?"];
        events.addEventListener("begins", () => { status.textContent = "It runs."; });
        events.addEventListener("total", (event) => { total = event.data; });
        events.addEventListener("problem", (event) => { status.textContent = event.data; });
        events.addEventListener("scene", (event) => {
            seen += 1;
            status.textContent = mutation ? "" : `${seen} of ${total} scenes`;
            const scene = document.createElement("div");
            scene.innerHTML = event.data;
            for (const named of scene.querySelectorAll("[id]")) named.removeAttribute("id");
            played.append(scene);
        });
        events.addEventListener("end", (event) => {
            events.close();
            if (event.data) status.textContent = event.data;
            button.disabled = false;
        });
        events.onerror = () => {
            events.close();
            status.textContent = "The server has gone.";
            button.disabled = false;
        };
    });
}
const simple = {
    ".reset": ["/live/reset/", "The playground is as at first."],
    ".ann": ["/live/ann/", "You are Ann."],
};
for (const [name, [url, sentence]] of Object.entries(simple)) {
    for (const button of document.querySelectorAll(`.live[data-demo] ${name}`)) {
        button.addEventListener("click", async () => {
            const answer = await post(url);
            const told = answer.ok ? sentence : await answer.text();
            button.parentElement.querySelector("output").textContent = told;
        });
    }
}
// `r` runs the demo, as on the stage.
document.addEventListener("keydown", (event) => {
    const button = document.querySelector(".demo .live .run");
    if (event.key === "r" && button && !event.ctrlKey && !event.metaKey) button.click();
});

// The presenter's slides are shown to all who follow.
const driver = sessionStorage.driver || (sessionStorage.driver = String(Math.random()));
addEventListener("slide", async (event) => {
    const told = {page: location.pathname.slice(1), driver, ...event.detail};
    const answer = await post("/live/show/", JSON.stringify(told));
    if (answer.status !== 409) return;
    if (confirm("Another presenter drives. Take over?")) {
        await post("/live/show/", JSON.stringify({...told, take: true}));
    }
});
if (document.querySelector(".present")) {
    const jury = document.createElement("p");
    jury.className = "tally";
    document.querySelector("main").append(jury);
    new EventSource("/class/events/").onmessage = (event) => {
        const {voted, votes} = JSON.parse(event.data);
        const counts = votes && Object.entries(votes).map(([verdict, count]) => `${verdict} ${count}`);
        jury.textContent = voted ? `${voted} voted${counts ? `: ${counts.join(" · ")}` : ""}` : "";
    };
}
dispatchEvent(new Event("live"));
