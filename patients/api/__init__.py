"""The care in the API, under /api/v1/."""
