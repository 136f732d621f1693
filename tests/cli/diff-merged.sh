# Processes, and their numbers, make no difference.
qemu-cflow merge -q -o merged.db golden.db
qemu-cflow diff --sysroot sysroot -t 0 -c 1 golden.db merged.db
