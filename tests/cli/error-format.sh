# --format
qemu-cflow report -i golden.db --format xml 2>&1
qemu-cflow info -i golden.db --format csv 2>&1
