"""`make versions`: plays all demos on older and newer releases, and keeps what differs."""
