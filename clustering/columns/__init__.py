"""The occurrences of a dimension as columns, for pages that read all of them.

A page about a million messages cannot wait for a million rows. So occurrences are kept a second
time, in blocks of columns that never change (`blocks`, `values`), which a process reads once and
keeps by session (`sessions`, `reading`), and the processes of a host share as a file (`files`).
What no block holds yet is read from the rows, so that an answer is as fresh and as true as
theirs. docs/decisions/0014-columns.md says what was measured.
"""
