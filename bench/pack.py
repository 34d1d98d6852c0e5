"""python -m bench.pack FOLDER ZIP: what a deploy does with a function's folder; prints the zip's hash."""

from __future__ import annotations

import sys
from pathlib import Path

from outreach_ops.builds.flatten import layout
from outreach_ops.builds.package import zip_function

if __name__ == "__main__":
    print(zip_function(layout(Path(sys.argv[1])), Path(sys.argv[2])).sha256)
