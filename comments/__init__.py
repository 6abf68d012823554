"""The upper app: guests, threads, moderation."""
