"""Measurements: counts, and ratios of two times of the same run, since machines differ."""
