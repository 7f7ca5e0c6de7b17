"""The ASGI application: Django, and the files of the browsable API and of the toolbar."""

from typing import Any

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

from runner.live.state import jobs

django_application = ASGIStaticFilesHandler(get_asgi_application())


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer requests; end what still runs when the server shuts down."""
    if scope["type"] != "lifespan":
        await django_application(scope, receive, send)
        return
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await jobs.end()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
