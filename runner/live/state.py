"""What one serving process keeps: the recordings, the runs and the room."""

from runner.live.jobs import Jobs
from runner.live.library import Library
from runner.live.room import Room

library = Library()
jobs = Jobs(library)
room = Room()
