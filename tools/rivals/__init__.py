"""BEGAN and its rivals on the same photographs under two budgets: as many images seen, and as many seconds of one core.

One run of each system and seed serves both: images are drawn from it where each budget is spent.
"""
