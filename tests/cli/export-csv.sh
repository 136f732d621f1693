# The edges as a table, written to a file.
qemu-cflow export -i golden.db --sysroot sysroot -f csv -o edges.csv 2>&1
cat edges.csv | tr -d "\r"
