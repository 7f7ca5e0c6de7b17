"""`python -m runner.live.play NN [N]`: plays a demo, or its mutation N, and says each scene as it
ends. Every line of standard output is one event as JSON, with HTML for the page."""

import json
import os
import sys
from dataclasses import replace

from runner import surroundings
from runner.catalogue import find_demo
from runner.errors import UserError
from runner.proofs.mutations import mutations_of, try_out
from runner.proofs.scratch import scratch_copy
from runner.recording.model import Recording, Scene
from runner.recording.run import listen
from runner.show.web.pages import scene_html
from runner.story.story import Teller
from runner.support.launch.scratch import run_folder
from runner.support.launch.shared import servers_for


def say(event: str, data: str = "") -> None:
    os.write(OUT, json.dumps({"event": event, "data": data}).encode() + b"\n")


class Sayer:
    """Listens to a run, and says each scene."""

    recording: Recording | None = None

    def pytest_recording_starts(self, recording: Recording) -> None:
        say("total", str(len(recording.scenes)))

    def pytest_scene_finished(self, recording: Recording, scene: Scene) -> None:
        self.recording = recording
        say("scene", scene_html(DEMO, recording, scene))


def break_it(number: int) -> None:
    mutation = mutations_of(DEMO)[number - 1]
    with scratch_copy() as scratch:
        trial = try_out(scratch, DEMO, mutation)
    if trial.problem:
        say("problem", trial.problem)
    for scene in trial.red:
        say("scene", scene_html(DEMO, trial.recording, replace(scene)))


def tally_of(recording: Recording) -> str:
    return Teller(DEMO, recording).closing().tally


if __name__ == "__main__":
    OUT = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # pytest's own words are for nobody
    surroundings.clean()
    DEMO, (*which,) = find_demo(sys.argv[1]), sys.argv[2:]
    try:
        with run_folder(), servers_for([DEMO]):
            if which:
                break_it(int(which[0]))
                say("end", "")
            else:
                sayer = Sayer()
                listen(DEMO, sayer)
                say("recording", sayer.recording.to_json() if sayer.recording else "")
                say("end", tally_of(sayer.recording))
    except UserError as error:
        say("problem", str(error))
        say("end", "")
    os._exit(0)
