"""Journeys through the whole system as people make them, in a real Chromium."""
