"""Tests of Postil; `make test` runs them on SQLite and on PostgreSQL."""
