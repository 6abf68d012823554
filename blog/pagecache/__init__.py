"""Public pages as finished bytes, and never an old one.

A view says that its page may be kept (`cached_page`) and what it shows (`shows`); whoever changes
something may say what that touches (`touches`), and everything is touched where he does not.
`docs/decisions/0013-stamped-page-cache.md` says why it is so.
"""

from blog.pagecache import keys
from blog.pagecache.memory import remembered
from blog.pagecache.pages import add_private_cookie, cached_page, end_pages_at, shows
from blog.pagecache.writes import connect, install_triggers, touches, watch

__all__ = [
    "add_private_cookie",
    "cached_page",
    "connect",
    "end_pages_at",
    "install_triggers",
    "keys",
    "remembered",
    "shows",
    "touches",
    "watch",
]
