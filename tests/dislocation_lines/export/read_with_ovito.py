"""Says in JSON what OVITO finds in the Crystal Analysis files that are named; run by a test.

OVITO brings another binding of Qt, so that it has an interpreter of its own.
"""

import json
import sys

from ovito.io import import_file


def content(path):
    data = import_file(path).compute()
    lines = data.dislocations.lines
    return {
        "cell": data.cell[...].tolist(),
        "periodic": list(data.cell.pbc),
        "points": [line.points.tolist() for line in lines],
        "lengths": [float(line.length) for line in lines],
        "burgers": [list(map(float, line.true_burgers_vector)) for line in lines],
        "n_nodes": len(data.dislocations.find_nodes()),
    }


print(json.dumps([content(path) for path in sys.argv[1:]]))
