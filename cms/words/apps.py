from django.apps import AppConfig


class WordsConfig(AppConfig):
    """Django finds the catalogue of an app that is installed."""

    name = "cms.words"
    label = "words"
