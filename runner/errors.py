"""The one exception whose message is meant for the user."""


class UserError(Exception):
    """Something the user can mend; the message is one sentence that names the way out."""
