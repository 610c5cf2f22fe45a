"""The full counts that the tests only sample. A file of this folder with `WHAT`, `COUNT` and `run` is a row.

`run(count, chance) -> list[str]` does the work `count` times by the dice that it is given; one line for each failure.
"""
