# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow callgraph -i graph.db --sysroot sysroot --format json > out.json
/usr/bin/python3 - <<'PY'
import json
g = json.load(open("out.json"))
for f in g["functions"]:
    print(f["id"], f["function"], f["called"], f["recursive"], f["calls"], f["instructions"])
for c in g["calls"]:
    print(c["from"], c["to"], c["kind"], c["count"], c["sites"])
PY
