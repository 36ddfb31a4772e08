"""Runs a notebook top to bottom in its folder and prints what its cells print.

run_notebook.py in.ipynb [out.ipynb]

With GOLDEN=file.npy in the environment its `results` are compared with that, in its own kernel, after the last cell.
CELL_SECONDS is how long one cell may take (240).
"""

import os
import sys

import nbformat
from nbclient import NotebookClient

path = os.path.abspath(sys.argv[1])
notebook = nbformat.read(path, as_version=4)
nbformat.validate(notebook)
assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells), "outputs kept"
golden = os.environ.get("GOLDEN")
if golden is not None:
    compare = (
        f"golden = np.load({os.path.abspath(golden)!r}).reshape(results.shape)\n"
        "print(np.count_nonzero(results != golden), 'of', golden.size, 'results differ from golden')"
    )
    notebook.cells.append(nbformat.v4.new_code_cell(compare))
seconds = float(os.environ.get("CELL_SECONDS", "240"))
# The kernel draws into the notebook only where nobody has chosen another backend.
os.environ.pop("MPLBACKEND", None)
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
