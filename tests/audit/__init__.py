"""The trail: what is written, by what name, and how it is proved."""
