# SPDX-License-Identifier: GPL-2.0-or-later
qemu-cflow annotate -i graph.db --sysroot sysroot --format json choose > out.json
/usr/bin/python3 - <<'PY'
import json
g = json.load(open("out.json"))
print(g["function"], g["start"], g["exactness"], g["instructions"], g["residual"])
for b in g["blocks"]:
    print("block", b["start"], b["count"], b["entered"], b["left"], b["dominator"])
for e in g["edges"]:
    print("edge", e["from"], e["to"], e["kind"], e["count"])
for i in g["code"]:
    print(i["offset"], i["count"], i["disasm"], i.get("taken"),
          [(d["symbol"], d["symbol_offset"], d["count"]) for d in i["destinations"]])
PY
