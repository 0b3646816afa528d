"""Every verb of the live lesson."""
