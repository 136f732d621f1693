# A directory that is not there.
qemu-cflow report -i golden.db --debug-dir nowhere 2>&1
