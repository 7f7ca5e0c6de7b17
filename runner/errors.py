"""The one exception whose message is for the user."""


class UserError(Exception):
    """An error that the user can fix. The message is one sentence that says how."""
