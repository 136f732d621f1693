# Profiles are given with -i.
qemu-cflow report golden.db 2>&1
