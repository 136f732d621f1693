# Profiles are given with -i.
qemu-cflow info golden.db 2>&1
