"""What NumPy makes of the rows of docs/numpy.md: expressions as JSON on standard input, numbers on standard output."""
import json
import pathlib
import sys

import numpy as np
import scipy.linalg
import scipy.special

inputs = json.loads((pathlib.Path(__file__).parent / "inputs.json").read_text())


def value(text):
    scope = {name: np.array(each["data"], float).reshape(each["shape"]) for name, each in inputs.items()}
    scope |= {"np": np, "scipy": scipy}
    *statements, last = (part.strip() for part in text.split(";"))
    for statement in statements:
        exec(statement, scope)
    array = np.asarray(eval(last, scope))
    return {"shape": list(array.shape), "data": array.astype(float).ravel().tolist()}


rows = json.load(sys.stdin)
print("{\n" + ",\n".join(f"{json.dumps(text)}: {json.dumps(value(text))}" for text in rows) + "\n}")
