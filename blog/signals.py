"""What the upper app may want to know. Each is sent on commit, with `post`."""

from django.dispatch import Signal

post_published = Signal()
post_withdrawn = Signal()
