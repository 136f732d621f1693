# An option that does not exist.
qemu-cflow info --frobnicate 2>&1
