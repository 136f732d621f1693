# A damaged profile leaves the old file as it was.
head -c 20000 golden.db > short.db
echo old > out.json
qemu-cflow export -f json -i short.db -o out.json 2>&1
cat out.json
