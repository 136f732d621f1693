# Trouble is 2, and not a difference.
qemu-cflow diff --debug-dir nowhere golden.db golden.db 2>&1
