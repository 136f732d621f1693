# No cflow.db either.
qemu-cflow report 2>&1
