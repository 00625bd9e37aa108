"""Experiments over seeds: arms that differ in one thing, for the paper's claims and for its open questions."""
