# Loops are found in graphs of all processes.
qemu-cflow report -i golden.db --by loop --process demo 2>&1
