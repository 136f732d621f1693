# The formats, and what reads them.
qemu-cflow export --list
