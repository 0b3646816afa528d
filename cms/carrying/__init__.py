"""A whole course carried out and in: one reading of it as plain facts, and every face compares and writes those."""
