class NoSuchToken(Exception):
    """Not one of ours, or cut off on its way, or its person is gone."""
