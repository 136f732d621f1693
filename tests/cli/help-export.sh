# The formats are in the help.
qemu-cflow help export
