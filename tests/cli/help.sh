# The two ways to the list of verbs are one.
qemu-cflow help | tee first
qemu-cflow --help | cmp - first
