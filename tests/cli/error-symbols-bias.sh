# A bias that is no number.
qemu-cflow report -i golden.db --symbols sysroot/opt/demo/bin/demo@main 2>&1
