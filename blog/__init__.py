"""The lower app: posts, pages, everything a reader reads."""
