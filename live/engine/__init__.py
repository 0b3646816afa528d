"""How a word reaches every listener. Nothing in here knows Django's models; the rest of `live` tells it what to carry."""
