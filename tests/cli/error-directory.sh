# A directory.
qemu-cflow report -i . 2>&1
