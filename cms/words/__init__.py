"""What Wagtail's own Chinese lacks, said in our words: catalogues, and no code of ours speaks through them.

Made from Wagtail's English; where a new version of Wagtail says more, `tests/cms/test_words.py` names what is missing.
"""
