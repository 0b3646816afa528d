"""Looking at a page as any learner: what they will get, by the rules that they will meet, at any moment."""
