"""The tables of tests/TORTURE.md: runs, and the sums over them.

A row of the runs is "| date | machine | mode | seed | counted | failed |",
counted being "36116 kills" or "12 cuts, 9 runs". The sums are made anew from
the rows each time, so that a run that is struck out counts no more.
"""

import re

SUMS = "| mode | what is counted | wanted | so far |"
RUNS = "| date | machine | mode | seed | counted | failed |"


class NoTable(Exception):
    """The file has no such table."""


def span(lines, head):
    """Where a table's rows are: (first, behind the last)."""
    if head not in lines:
        raise NoTable(f"no line {head!r}")
    first = lines.index(head) + 2
    end = first
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    return first, end


def counted(text):
    """[(name, number)] of "12 cuts, 9 runs"."""
    return [(name, int(number)) for number, name in
            re.findall(r"(\d+) ([^,]+)", text)]


def sums(rows):
    """{(mode, name): number} over all runs."""
    found = {}
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        for name, number in counted(cells[4]):
            found[cells[2], name] = found.get((cells[2], name), 0) + number
    return found


def run_row(date, machine, mode, seed, counts, failed):
    text = ", ".join(f"{number} {name}" for name, number in counts)
    return f"| {date} | {machine} | {mode} | {seed} | {text} | {failed} |"


def rewrite(text, wanted, new_rows):
    """The file's text with more runs; wanted is {mode: COUNTS}."""
    lines = text.rstrip("\n").split("\n")
    first, end = span(lines, RUNS)
    lines[end:end] = new_rows
    have = sums(lines[first:end + len(new_rows)])
    first, end = span(lines, SUMS)
    lines[first:end] = [
        f"| {mode} | {name} | {'' if most is None else most} | "
        f"{have.get((mode, name), 0)} |"
        for mode, names in wanted.items() for name, most in names.items()]
    return "\n".join(lines) + "\n"
