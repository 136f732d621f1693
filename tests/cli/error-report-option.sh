# An option that does not exist.
qemu-cflow report --frobnicate 2>&1
