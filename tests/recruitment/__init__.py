"""Recruitment: from a first word to the first child."""
