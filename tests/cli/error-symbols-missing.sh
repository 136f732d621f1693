# A file that is not there.
qemu-cflow report -i golden.db --symbols nowhere 2>&1
