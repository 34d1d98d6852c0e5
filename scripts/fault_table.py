"""Writes the table of faults in docs/reliability.md from the tests; --check says if it differs."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: made by scripts/generate -->\n", "<!-- end of faults -->\n"


def rows() -> list[tuple[str, str, str]]:
    """What goes wrong, how it ends, and the test that shows it, of every test that is marked as a fault."""
    found = []
    for path in sorted((ROOT / "tests" / "faults").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for mark in getattr(node, "decorator_list", []):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) in ("fault", "pytest.mark.fault"):
                    what, ending = (ast.literal_eval(each) for each in mark.args)
                    found.append((what, ending, f"{path.stem}.{node.name}"))
    return found


def table() -> str:
    """The table, with the names of its tests."""
    lines = ["| what goes wrong | how it ends | test |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {what} | {ending} | `{test}` |" for what, ending, test in rows())]) + "\n"


def main() -> None:
    """Brings the document up to date, or with --check ends with 1 when it is not."""
    text = DOCUMENT.read_text()
    head, rest = text.split(BEGIN)
    wanted = f"{head}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"
    if wanted == text:
        return
    if "--check" in sys.argv:
        sys.exit("docs/reliability.md is not what the tests say; type: scripts/generate")
    DOCUMENT.write_text(wanted)


if __name__ == "__main__":
    main()
