# A verb that does not exist; like one that does; like none.
qemu-cflow reprot 2>&1
qemu-cflow xyzzy 2>&1
