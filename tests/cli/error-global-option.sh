# An option before the verb.
qemu-cflow --frobnicate 2>&1
