"""The words in which a page says what it shows, and a change what it touches."""

EVERYTHING = "everything"  # the frame of all pages: profile, menu, archive, which posts there are
TEXTS = "texts"  # the text of any post
COMMENTS = "comments"  # any comment


def post(key: int) -> str:
    """Title and text of one post."""
    return f"post:{key}"


def discussion(key: int) -> str:
    """The comments of one post, and how many there are."""
    return f"discussion:{key}"
