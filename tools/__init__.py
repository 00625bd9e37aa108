"""What only the authors of the suite run: benchmarks, the pages of results, the tools of the notebooks."""
