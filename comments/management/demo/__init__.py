"""The demonstration blog: its texts as plain files, its pictures as code, and what loads them."""
