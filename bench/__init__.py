"""Figures: what `bin/bench` measures. Nothing here is a test, and no test imports it."""
