"""`python -m runner.live.play NN [N]`: plays a demo, or its mutation N, and says each scene as it
ends. Every line of standard output is one event as JSON, with HTML for the page."""

import json
import os
import sys

from runner import surroundings
from runner.catalogue import Demo, find_demo
from runner.errors import UserError
from runner.proofs.mutations import mutations_of, try_out
from runner.proofs.scratch import scratch_copy
from runner.recording.model import Recording, Scene
from runner.recording.run import listen
from runner.show.web.pages import scene_html
from runner.story.story import Teller
from runner.support.launch.scratch import run_folder
from runner.support.launch.shared import servers_for

OUT = os.dup(1)


def say(event: str, data: str = "") -> None:
    os.write(OUT, json.dumps({"event": event, "data": data}).encode() + b"\n")


class Sayer:
    """Listens to a run of the demo, and says each scene."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.recording = Recording()

    def pytest_recording_starts(self, recording: Recording) -> None:
        self.recording = recording
        say("total", str(len(recording.scenes)))

    def pytest_scene_finished(self, recording: Recording, scene: Scene) -> None:
        say("scene", scene_html(self.demo, recording, scene))


def play(demo: Demo) -> None:
    sayer = Sayer(demo)
    listen(demo, sayer)
    say("recording", sayer.recording.to_json())
    say("end", Teller(demo, sayer.recording).closing().tally)


def break_it(demo: Demo, number: int) -> None:
    with scratch_copy() as scratch:
        trial = try_out(scratch, demo, mutations_of(demo)[number - 1])
    if trial.problem:
        say("problem", trial.problem)
    for scene in trial.red:
        say("scene", scene_html(demo, trial.recording, scene))
    say("end")


def main(number: str, mutation: str = "") -> None:
    surroundings.clean()
    demo = find_demo(number)
    try:
        with run_folder(), servers_for([demo]):
            break_it(demo, int(mutation)) if mutation else play(demo)
    except UserError as error:
        say("problem", str(error))
        say("end")


if __name__ == "__main__":
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # pytest's own words are for nobody
    main(*sys.argv[1:])
