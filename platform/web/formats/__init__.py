"""How dates are written, where Django's own way is not how people write (FORMAT_MODULE_PATH)."""
