# Of processes that were added up, what differs is not known.
qemu-cflow merge -q -o golden.db golden.db golden.db
qemu-cflow info -i golden.db
