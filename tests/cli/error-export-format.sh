# An unknown format.
qemu-cflow export -i golden.db -f dotty 2>&1
