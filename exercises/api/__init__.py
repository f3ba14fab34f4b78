"""The library in the API: what is published, to read; and its drafts on their way."""
