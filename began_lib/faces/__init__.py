"""A face space whose factors are known: endless rendered faces, each drawn from a written table of factors."""

from began_lib.faces.factors import FACTOR_NAMES, FACTORS, Factor, Factors, factor, neutral, sample_factors
from began_lib.faces.render import render, sample

__all__ = ["FACTORS", "FACTOR_NAMES", "Factor", "Factors", "factor", "neutral", "render", "sample", "sample_factors"]
