"""How a scene ends: with its verdict, or with why that fell."""

from runner.recording.model import Failure, Scene
from runner.story.messages import readable_error
from runner.story.told import Ending, Fall
from runner.story.words import SIGNS


def endings_of(scene: Scene) -> list[Ending]:
    """One ending; or one for each case that failed."""
    failures = [case for case in scene.cases if case.failure]
    if failures:
        return [_fallen(scene, case.failure, case.id) for case in failures]
    if scene.outcome == "skipped":
        reason = next(case.reason for case in scene.cases if case.outcome == "skipped")
        return [Ending("○", "not tried", reason)]
    if scene.verdict is None:
        return [Ending("▲", "trap", scene.explanation)]
    return [Ending(SIGNS[scene.verdict], scene.verdict, scene.explanation)]


def _fallen(scene: Scene, failure: Failure, case: str) -> Ending:
    error = "" if failure.is_assertion else f"{failure.type}: {failure.message}"
    if failure.is_assertion and failure.expected is None:
        error = failure.message
    fall = Fall(
        verdict=scene.verdict or "trap",
        where=failure.where,
        case=case,
        statement=failure.statement,
        expected=failure.expected or "",
        seen=failure.seen or "",
        error=readable_error(error),
        app=failure.app or "",
    )
    return Ending("✘", "FAILED", "", fall)
