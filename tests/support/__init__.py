"""Staff contacts, worklists, endings and transfers."""
