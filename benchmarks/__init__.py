"""Goals as ratios: both sides in the same run, interleaved, best of three, identical answers asserted first.

A row is a `Row`; a file `rows_*.py` in this folder offers `rows() -> list[Row]`. `python -m benchmarks [ID ...]`
measures.
"""
