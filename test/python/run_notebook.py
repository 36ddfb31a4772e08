"""Runs a notebook top to bottom in its folder and prints what its cells print.

run_notebook.py in.ipynb [out.ipynb]
"""

import os
import sys

import nbformat
from nbclient import NotebookClient

path = os.path.abspath(sys.argv[1])
notebook = nbformat.read(path, as_version=4)
nbformat.validate(notebook)
assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells), "outputs kept"
seconds = float(os.environ.get("CELL_SECONDS", "240"))
client = NotebookClient(
    notebook, timeout=seconds, kernel_name="python3", resources={"metadata": {"path": os.path.dirname(path)}}
)
client.execute()
figures = 0
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stdout":
            print(output.text, end="")
        figures += "image/png" in output.get("data", {})
print("figures:", figures)
if len(sys.argv) > 2:
    nbformat.write(notebook, sys.argv[2])
