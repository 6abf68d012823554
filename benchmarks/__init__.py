"""What pages cost, as ratios to what the same machine needs for next to nothing."""
