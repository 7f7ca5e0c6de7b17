"""`python -m runner.proofs.followers CLASS PRESENTER PID COUNT`: a class, played by Locust.

COUNT followers open the page CLASS and wait for events, as browsers do. The presenter, who has
opened the address PRESENTER, shows slides, and each follower votes on each. PID is the server's.

Prints one JSON object: `scene` (from the presenter's click until a follower has the slide) and
`vote`, each with `count`, `errors`, and the `slowest` in seconds; `counted`, the votes that the
server has counted; and `rest`, the share of a core that it takes while nothing moves.
"""

import sys
from time import perf_counter

from locust import HttpUser, task  # patches the standard library, so before what uses it
from locust.env import Environment

# isort: split
import json
from collections.abc import Callable
from urllib.parse import urljoin

import gevent
import psutil
import requests

SLIDES = 5
REST = 5  # seconds
PATIENCE = 60  # seconds
sent: dict[int, float] = {}  # when the presenter has sent each slide


class Follower(HttpUser):
    """One browser, which stays on the page of the class."""

    following = 0

    @task
    def follow(self) -> None:
        self.client.get("/class/")
        csrf = {"X-CSRFToken": self.client.cookies["csrftoken"]}
        events = self.client.get("/class/events/", name="events", stream=True)
        Follower.following += 1
        last = 0
        for line in events.iter_lines(chunk_size=1):
            if not line.startswith(b"data: "):
                continue
            slide = json.loads(line[6:])["slide"]
            if slide > last:
                last = slide
                self._tell_locust("scene", perf_counter() - sent[slide])
                self.client.post("/class/vote/", {"verdict": "holds"}, name="vote", headers=csrf)

    def _tell_locust(self, name: str, seconds: float) -> None:
        self.environment.events.request.fire(
            request_type="SSE",
            name=name,
            response_time=seconds * 1000,
            response_length=0,
            exception=None,
            context={},
        )


class Presenter:
    """The browser that has opened the presenter's address."""

    def __init__(self, address: str) -> None:
        self.url = urljoin(address, "/live/show/")
        self.session = requests.Session()
        self.session.get(address).raise_for_status()

    def show(self, slide: int, *, is_open: bool) -> int:
        """Show the slide, or its verdict, to all; returns how many have voted."""
        shown = {"page": "07-present.html", "slide": slide, "open": is_open, "driver": "bench"}
        csrf = {"X-CSRFToken": self.session.cookies["csrftoken"]}
        sent.setdefault(slide, perf_counter())
        answer = self.session.post(self.url, json=shown, headers=csrf)
        answer.raise_for_status()
        return answer.json()["voted"]


def until(condition: Callable[..., bool]) -> None:
    with gevent.Timeout(PATIENCE):
        while not condition():
            gevent.sleep(0.1)


def main(classroom: str, presenter: str, pid: int, count: int) -> None:
    environment = Environment(
        user_classes=[Follower], host=classroom.removesuffix("/class/"), stop_timeout=0
    )
    runner = environment.create_local_runner()
    runner.start(count, spawn_rate=50)
    until(lambda: Follower.following == count)
    server = psutil.Process(pid)
    before = sum(server.cpu_times()[:2])
    gevent.sleep(REST)
    rest = (sum(server.cpu_times()[:2]) - before) / REST
    driver, votes = Presenter(presenter), environment.stats.get("vote", "POST")
    counted = 0
    for slide in range(1, SLIDES + 1):
        driver.show(slide, is_open=False)
        until(lambda wanted=count * slide: votes.num_requests == wanted)
        counted += driver.show(slide, is_open=True)
    results = {"rest": rest, "counted": counted}
    for name, method in (("scene", "SSE"), ("vote", "POST")):
        entry = environment.stats.get(name, method)
        results[name] = {
            "count": entry.num_requests,
            "errors": entry.num_failures,
            "slowest": entry.max_response_time / 1000,
        }
    print(json.dumps(results), flush=True)
    runner.quit()


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
