"""Somebody who changes things in a process of his own: runs the code that he is told."""

import json
import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.utils import timezone

    from blog import publishing
    from blog.models import Label, Post, SiteProfile
    from comments import moderation
    from comments.models import BlogComment
    from tests import builders

    known = {
        "BlogComment": BlogComment, "Label": Label, "Post": Post, "SiteProfile": SiteProfile,
        "builders": builders, "moderation": moderation, "publishing": publishing,
        "timezone": timezone,
    }  # fmt: skip
    for line in sys.stdin:
        # What a test of ours sends, in a process that ends with it.
        exec(compile(json.loads(line), "<test>", "exec"), known)  # noqa: S102
        print(json.dumps(known.pop("answer", None)), flush=True)


if __name__ == "__main__":
    main()
