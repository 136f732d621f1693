# Every view is valid JSON; counts are numbers at full precision.
sqlite3 golden.db 'UPDATE edge SET count = 9007199254740993 WHERE process = 1 AND src = 0x1040 AND kind = 1'
for sort in hottest destinations bias faults; do
    qemu-cflow report -i golden.db --sysroot sysroot --sort $sort --limit 0 --format json > out || exit 1
    python3 -c 'import json; d = json.load(open("out")); k = "faults" if "faults" in d else "branches"; print(d["sort"], len(d[k]), d[k][0]["count"])'
done
