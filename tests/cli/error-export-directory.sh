# A directory, and one that is not there.
mkdir -p dir
qemu-cflow export -f csv -i golden.db -o dir 2>&1
qemu-cflow export -f csv -i golden.db -o nowhere/file 2>&1
