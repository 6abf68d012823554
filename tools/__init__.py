"""Chores of a checkout, each a script that needs nothing of the blog."""
