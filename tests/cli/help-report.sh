# The two ways to a verb's help are one.
qemu-cflow help report | tee first
qemu-cflow report --help | cmp - first
