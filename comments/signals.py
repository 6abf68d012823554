"""What happened to a comment. Each is sent on commit, with `comment`."""

from django.dispatch import Signal

comment_published = Signal()
comment_taken_down = Signal()
