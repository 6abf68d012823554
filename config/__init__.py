"""Wires the apps together and decides nothing."""
