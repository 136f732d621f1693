# JSON has full paths, columns and inlined calls.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug --format json -n 0 > out
python3 - <<'PYTHON'
import json
for b in json.load(open("out"))["branches"]:
    if b["file"]:
        print(b["offset"], b["symbol"], b["file"], b["line"], b["column"])
        for i in b.get("inlined", []):
            print("   ", i["function"], i["call_file"], i["call_line"], i["call_column"])
PYTHON
